"""A model of a given slowness: an OpenAI-compatible server that says numbered words, on loopback."""

import json
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hangs up between two requests is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._whole({"object": "list", "data": [{"id": "slow", "object": "model"}]})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        # The reader may leave at any word; that is what some tests do.
        with suppress(ConnectionError):
            self._say()

    def _say(self) -> None:
        for n in range(self.server.words):
            self._event({"choices": [{"index": 0, "delta": {"content": f"w{n} "}, "finish_reason": None}]})
            time.sleep(self.server.pace)
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": self.server.words}})
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
        pass


@contextmanager
def slow_model(*, words: int, pace: float):
    """The server, with `url` and the number of `calls`, while it runs. `words` and `pace` (seconds a word) may be changed."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.words, server.pace, server.calls = words, pace, 0
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
