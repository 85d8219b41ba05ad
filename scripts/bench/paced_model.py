"""A model of a given pace: an OpenAI-compatible server on loopback that writes the same words each
time."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def numbered(n: int) -> str:
    """The nth word, so that a test sees which one is missing."""
    return f"w{n} "


class PacedModel(ThreadingHTTPServer):
    """`words`, `pace` (seconds a word) and `first` (seconds until the first) may be changed while
    it runs. `calls` counts replies, `prompt_bytes` is the last prompt's text, and `input_tokens`
    what the server says that it read."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        *,
        words: int,
        pace: float,
        input_tokens: int = 7,
        word: Callable[[int], str] = numbered,
    ):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.words = words
        self.pace = pace
        self.first = 0.0
        self.input_tokens = input_tokens
        self.word = word
        self.calls = 0
        self.prompt_bytes = 0
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "PacedModel":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """A client that hangs up between two requests is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PacedModel

    def do_GET(self) -> None:
        """The list of models, which shows that the server is there."""
        body = json.dumps({"object": "list", "data": [{"id": "paced", "object": "model"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """One reply, streamed."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls += 1
        texts = [message["content"].encode() for message in asked["messages"]]
        self.server.prompt_bytes = sum(map(len, texts))
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
        read = self.server.input_tokens
        usage = {"prompt_tokens": read, "completion_tokens": words}
        self._event({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def _choice(self, delta: dict[str, str], finish_reason: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        self._event({"choices": [choice]})

    def _event(self, value: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""
