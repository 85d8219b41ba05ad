"""A server of OpenAI's chat completions whose model is a script: the real wire, and each way in
which it may break."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.http_double import HttpAnswer, HttpDouble, HttpRequest


@dataclass
class Script:
    """How it answers: `first` seconds until it answers at all, `pace` seconds after each word. Cut
    after `cut_after` words, it closes the connection. A `status` other than 200 answers with
    `refusal`. `go_on` sets another pace for a reply that is being written, at once."""

    words: list[str] = field(default_factory=lambda: ["One ", "two ", "three."])
    pace: float = 0.0
    first: float = 0.0
    status: int = 200
    refusal: bytes = b'{"error": {"message": "not today"}}'
    cut_after: int | None = None
    finish: str = "stop"
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def go_on(self, *, pace: float = 0.0) -> None:
        with self._changed:
            self.pace = pace
            self._changed.notify_all()

    def rest(self) -> None:
        """Waits until the next word."""
        with self._changed:
            self._changed.wait(self.pace)

    @property
    def text(self) -> str:
        return "".join(self.words)


class FakeOpenAi(HttpDouble):
    """`script` may be changed at any time. `said` counts the words that went out, `most` is the
    highest number of replies at once."""

    def __init__(self, script: Script | None = None):
        super().__init__(self._answer)
        self.script = script or Script()
        self.said = 0
        self.most = 0
        self._running = 0
        self._lock = threading.Lock()

    @property
    def asked(self) -> list[dict]:
        """The bodies of all completions that were asked for."""
        return [request.json() for request in self.requests if request.method == "POST"]

    @property
    def jobs(self) -> list[dict]:
        """What was asked, without the one token that a worker asks for to see that it is ready."""
        return [body for body in self.asked if body["max_tokens"] > 1]

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        if request.method == "GET":
            return HttpAnswer(body=b'{"data": []}')
        script = self.script
        if request.json().get("max_tokens") == 1:
            script = Script(words=["Hi"], status=script.status)
        time.sleep(script.first)
        if script.status != 200:
            return HttpAnswer(script.status, script.refusal)
        return HttpAnswer(200, self._stream(script), {"Content-Type": "text/event-stream"})

    def _stream(self, script: Script) -> Iterator[bytes]:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        try:
            for word in script.words[: script.cut_after]:
                yield _event({"choices": [{"delta": {"content": word}, "finish_reason": None}]})
                self.said += 1
                script.rest()
            if script.cut_after is None:
                yield _event({"choices": [{"delta": {}, "finish_reason": script.finish}]})
                usage = {"prompt_tokens": 7, "completion_tokens": len(script.words)}
                yield _event({"choices": [], "usage": usage})
                yield b"data: [DONE]\n\n"
        finally:
            with self._lock:
                self._running -= 1


def _event(data: dict) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"
