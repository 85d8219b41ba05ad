"""The model beside the worker: a server that is there, or llama.cpp in this very process."""

import time
from collections.abc import Callable

from scripts.llm.ask import ModelRequest
from scripts.llm.llama import Llama
from scripts.llm.upstream import Upstream
from scripts.worker.log import say
from scripts.worker.reading import Reading
from scripts.worker.settings import WorkerSettings

LOAD_SECONDS = 900  # 4 GB from a slow disk, and a server that starts beside the worker
TRY_SECONDS = 120  # for one word
_HELLO = ModelRequest([{"role": "user", "content": "Hi"}], 1, 0.0, 1.0)


class Unusable(Exception):
    """The model cannot be used; the text says why."""


class ServedModel:
    """`upstream` is what jobs are read from, once `wait` has returned."""

    def __init__(self, settings: WorkerSettings):
        self._problem: str | None = None
        self._find: Callable[[], Upstream | None]
        if settings.file:
            self._find = Llama(
                settings.file, slots=settings.slots, alone=settings.on_ec2, failed=self._fail
            ).upstream
        else:
            server = Upstream(settings.url, settings.key, settings.name)
            self._find = lambda: server

    @property
    def upstream(self) -> Upstream:
        """The model. Raises Unusable before it is loaded."""
        if not (found := self._find()):
            raise Unusable("The model is not loaded.")
        return found

    def wait(self, *, seconds: float, given_up: Callable[[], bool]) -> bool:
        """Waits until the model has said a word: a server may list its models long before. False
        when `given_up`. Raises Unusable when it cannot be loaded or says nothing for that long."""
        until, cause = time.monotonic() + seconds, "It is still loading."
        while not given_up():
            if self._problem:
                raise Unusable(self._problem)
            if found := self._find():
                reading = Reading(found, _HELLO)
                cause = _outcome(reading, given_up)
                if not cause:
                    return True
                say("model", cause=cause)
            if time.monotonic() > until:
                raise Unusable(f"The model does not answer after {seconds:.0f} s. {cause}")
            time.sleep(0.1 if not found else 1)
        return False

    def _fail(self, sentence: str) -> None:
        self._problem = sentence


def _outcome(reading: Reading, given_up: Callable[[], bool]) -> str | None:
    """Why there is no word, None when there is one."""
    until = time.monotonic() + TRY_SECONDS
    while not reading.ended and time.monotonic() < until and not given_up():
        reading.wait(0.2)
    ended = reading.ended
    reading.abort()
    return reading.error if ended else "It takes too long for a word."
