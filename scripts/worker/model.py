"""The model beside the worker: an OpenAI-compatible server, or llama.cpp in this very process."""

import time
from collections.abc import Callable

from scripts.llm.client import ChatClient
from scripts.llm.llama import Llama
from scripts.llm.request import ModelRequest
from scripts.worker.log import log
from scripts.worker.reading import Reading
from scripts.worker.settings import WorkerSettings

LOAD_SECONDS = 900  # 4 GB from a slow disk, or a server that starts beside the worker
FIRST_WORD_SECONDS = 120
_HELLO = ModelRequest([{"role": "user", "content": "Hi"}], 1, 0.0, 1.0)


class Unusable(Exception):
    """The model cannot be used; the text says why."""


class ServedModel:
    def __init__(self, settings: WorkerSettings):
        self._problem: str | None = None
        self._find: Callable[[], ChatClient | None]
        if settings.file:
            alone = settings.on_ec2
            llama = Llama(settings.file, slots=settings.slots, alone=alone, failed=self._fail)
            self._find = llama.client
        else:
            server = ChatClient(settings.url, settings.key, settings.name)
            self._find = lambda: server

    @property
    def client(self) -> ChatClient:
        """Raises Unusable before the model is loaded."""
        if not (found := self._find()):
            raise Unusable("The model is not loaded.")
        return found

    def wait(self, *, given_up: Callable[[], bool]) -> bool:
        """Waits until the model has said a word: a server may list its models long before. False
        when `given_up`. Raises Unusable when loading fails or takes LOAD_SECONDS."""
        deadline = time.monotonic() + LOAD_SECONDS
        problem: str | None = "It is still loading."
        while not given_up():
            if self._problem:
                raise Unusable(self._problem)
            client = self._find()
            if client:
                problem = _try(client, given_up)
                if not problem:
                    return True
                log("model", cause=problem)
            if time.monotonic() > deadline:
                raise Unusable(f"The model does not answer after {LOAD_SECONDS} s. {problem}")
            time.sleep(1 if client else 0.1)
        return False

    def _fail(self, sentence: str) -> None:
        self._problem = sentence


def _try(client: ChatClient, given_up: Callable[[], bool]) -> str | None:
    """Why the model says no word, None when it does."""
    reading = Reading(client, _HELLO)
    deadline = time.monotonic() + FIRST_WORD_SECONDS
    while not reading.ended and time.monotonic() < deadline and not given_up():
        reading.wait(0.2)
    ended = reading.ended
    reading.abort()
    return reading.error if ended else "It takes too long for a word."
