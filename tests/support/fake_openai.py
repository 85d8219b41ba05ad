"""A server of OpenAI's chat completions whose model is a script: the real wire, and each way in
which it may break."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Script:
    """How it answers. `pace` is the seconds before each word, `cut_after` breaks the connection
    after so many words."""

    words: list[str] = field(default_factory=lambda: ["One ", "two ", "three."])
    pace: float = 0.0
    first: float = 0.0
    status: int = 200
    cut_after: int | None = None
    finish: str = "stop"


class OpenAiServer(ThreadingHTTPServer):
    """`script` may be changed at any time; `asked` are the bodies that came, `gone` the clients
    that left in mid-reply."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script, self.asked, self.gone, self.running, self.most = Script(), [], 0, 0, 0
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}"

    @property
    def jobs(self) -> list[dict]:
        """What was asked, without a worker's own first word."""
        return [body for body in self.asked if body["max_tokens"] > 1]

    def handle_error(self, request, client_address):
        """A client that broke off."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(200, json.dumps({"data": []}).encode())

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        with server.lock:
            server.asked.append(body)
            server.running += 1
            server.most = max(server.most, server.running)
        script = (
            Script(words=["Hi"], status=server.script.status)
            if body["max_tokens"] == 1
            else server.script
        )
        try:
            time.sleep(script.first)
            if script.status != 200:
                return self._answer(script.status, b'{"error": {"message": "not today"}}')
            self._stream(script)
        except (BrokenPipeError, ConnectionResetError):
            server.gone += 1
            self.close_connection = True
        finally:
            with server.lock:
                server.running -= 1

    def _stream(self, script: Script) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, word in enumerate(script.words):
            if number == script.cut_after:
                return
            self._event({"choices": [{"delta": {"content": word}, "finish_reason": None}]})
            time.sleep(script.pace)
        self._event({"choices": [{"delta": {}, "finish_reason": script.finish}]})
        self._event(
            {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": len(script.words)}}
        )
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, data: dict) -> None:
        self.wfile.write(b"data: " + json.dumps(data).encode() + b"\n\n")
        self.wfile.flush()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Quiet."""


@contextmanager
def openai_server() -> Iterator[OpenAiServer]:
    """A server that answers while the block runs."""
    server = OpenAiServer()
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
