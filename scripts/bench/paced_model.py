"""A model of a given pace: an OpenAI-compatible server on loopback that says the same words each
time, as fast as it is told to."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def numbered(n: int) -> str:
    """The nth word, so that a test sees which one is missing."""
    return f"w{n} "


class PacedModel(ThreadingHTTPServer):
    """`words`, `pace` (seconds a word) and `first` (seconds until the first) may be changed while
    it runs; `calls` counts, and `heard` is the last prompt's text in bytes. `input_tokens` is what
    it says it read."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        *,
        words: int,
        pace: float,
        first: float = 0,
        input_tokens: int = 7,
        say: Callable[[int], str] = numbered,
    ):
        self.words, self.pace, self.first, self.input_tokens, self.say = (
            words,
            pace,
            first,
            input_tokens,
            say,
        )
        self.calls = self.heard = 0
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that hangs up between two requests is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """The list of models, which tells that the server is there."""
        self._whole({"object": "list", "data": [{"id": "paced", "object": "model"}]})

    def do_POST(self):
        """One reply, streamed."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls += 1
        self.server.heard = sum(len(message["content"].encode()) for message in asked["messages"])
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        # The reader may leave at any word; that is what some tests do.
        with suppress(ConnectionError):
            self._say()

    def _say(self) -> None:
        # By the clock and not by a sleep a word, whose lateness would add up.
        words, due = self.server.words, time.monotonic() + self.server.first
        for n in range(words):
            time.sleep(max(0.0, due - time.monotonic()))
            due += self.server.pace
            self._event(
                {
                    "choices": [
                        {
                            "index": 0,
                            "delta": {"content": self.server.say(n)},
                            "finish_reason": None,
                        }
                    ]
                }
            )
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._event(
            {
                "choices": [],
                "usage": {"prompt_tokens": self.server.input_tokens, "completion_tokens": words},
            }
        )
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, value: dict) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
        self.wfile.flush()

    def _whole(self, value: dict) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        """Nothing is logged."""


@contextmanager
def paced_model(**how: object) -> Iterator[PacedModel]:
    """The server, while it runs; takes what PacedModel takes."""
    server = PacedModel(**how)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
