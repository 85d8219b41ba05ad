"""HTTP servers of this process, on loopback and a free port."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Loopback(ThreadingHTTPServer):
    """It answers while it is entered."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type["LoopbackHandler"]):
        super().__init__(("127.0.0.1", 0), handler)
        self._answering = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        self._answering.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._answering.join()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """A client that breaks off its connection is no error."""


class LoopbackHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""
