"""The one HTTP server that plays another: it records what it is asked and answers as a function
says."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class HttpRequest:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclass(frozen=True)
class HttpAnswer:
    """`body` is the whole, or pieces that are sent as they come, until the connection closes."""

    status: int = 200
    body: bytes | Iterator[bytes] = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpDouble(ThreadingHTTPServer):
    """Serves while its block runs. `answer` may return None, which closes the connection without an
    answer. `gone` counts the clients that left before their answer was whole; `connections` counts
    those that asked nothing, too."""

    daemon_threads = True

    def __init__(self, answer: Callable[[HttpRequest], HttpAnswer | None]):
        self.answer = answer
        self.requests: list[HttpRequest] = []
        self.connections = 0
        self.gone = 0
        super().__init__(("127.0.0.1", 0), _HttpDoubleHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is none."""


class _HttpDoubleHandler(BaseHTTPRequestHandler):
    server: HttpDouble

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = HttpRequest(self.command, self.path, self.headers, body)
        self.server.requests.append(request)
        if (answer := self.server.answer(request)) is None:
            return
        try:
            self._send(answer)
        except ConnectionError:
            self.server.gone += 1

    do_GET = do_HEAD = do_POST = do_PUT = answer

    def _send(self, answer: HttpAnswer) -> None:
        pieces: Iterable[bytes] = answer.body
        headers = {"Date": self.date_time_string(), **answer.headers}
        if isinstance(answer.body, bytes):
            headers["Content-Length"] = str(len(answer.body))
            pieces = [answer.body]
        self.send_response_only(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)

    def log_message(self, *args) -> None:
        """The recorded requests are enough."""
