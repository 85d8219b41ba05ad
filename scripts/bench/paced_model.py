"""A model of a given pace: an OpenAI-compatible server that writes the same words each time."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from scripts.bench.loopback import Loopback, LoopbackHandler


class PacedModel(Loopback):
    """`words`, `pace` (seconds a word) and `first` (seconds until the first) may be changed while
    it runs. `prompt_bytes` is the last prompt's text, and `input_tokens` what the server says that
    it read."""

    def __init__(self, words: int, input_tokens: int, word: Callable[[int], str]):
        super().__init__(_Handler)
        self.words = words
        self.input_tokens = input_tokens
        self.word = word
        self.pace = 0.0
        self.first = 0.0
        self.prompt_bytes = 0


class _Handler(LoopbackHandler):
    server: PacedModel

    def do_GET(self) -> None:
        """The list of models, which shows that the server is there."""
        models = json.dumps({"object": "list", "data": [{"id": "paced", "object": "model"}]})
        self.send_response(200)
        self.send_header("Content-Length", str(len(models)))
        self.end_headers()
        self.wfile.write(models.encode())

    def do_POST(self) -> None:
        """One reply, streamed."""
        messages = json.loads(self.body())["messages"]
        self.server.prompt_bytes = sum(len(each["content"].encode()) for each in messages)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        # The reader may leave at any word.
        with suppress(ConnectionError):
            self._write_reply()

    def _write_reply(self) -> None:
        # By the clock and not by a sleep a word, whose lateness would add up.
        words, due = self.server.words, time.monotonic() + self.server.first
        for n in range(words):
            time.sleep(max(0.0, due - time.monotonic()))
            due += self.server.pace
            self._choice({"content": self.server.word(n)}, None)
        self._choice({}, "stop")
        usage = {"prompt_tokens": self.server.input_tokens, "completion_tokens": words}
        self._event({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def _choice(self, delta: dict[str, str], finish_reason: str | None) -> None:
        self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})

    def _event(self, value: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
