"""The HTTP side: Bedrock's ConverseStream on 127.0.0.1, with its errors and its event stream."""

import json
import select
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from scripts.llm.client import ChatClient
from scripts.llm.request import BedrockError, invalid
from scripts.local.bedrock import bridge, eventstream
from scripts.local.bedrock.bridge import Event
from scripts.local.bedrock.rules import accept

LARGEST_BODY = 4_000_000
CHECK_SECONDS = 0.2


class CallerGone(Exception):
    """The caller closed its connection."""


class CallerWatch:
    """Notices that a caller goes away while its reply is being written."""

    def __init__(self, connection: socket.socket):
        self._connection = connection
        self._abort: Callable[[], None] = lambda: None
        self._gone = threading.Event()
        self._finished = False
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def gone(self) -> bool:
        return self._gone.is_set()

    def when_gone(self, abort: Callable[[], None]) -> None:
        """Has `abort` called as soon as the caller is gone, from another thread."""
        self._abort = abort
        if self.gone:
            abort()

    def wait(self, seconds: float = 0) -> None:
        """Pauses. Raises CallerGone, at once when the caller goes."""
        if self.gone or (seconds and self._gone.wait(seconds)):
            raise CallerGone

    def finish(self) -> None:
        """Stops watching: the call is over."""
        self._finished = True

    def _watch(self) -> None:
        try:
            while not select.select([self._connection], [], [], CHECK_SECONDS)[0]:
                if self._finished:
                    return
            if self._connection.recv(1, socket.MSG_PEEK):
                return  # the next request on a kept connection
        except (OSError, ValueError):
            pass  # closed
        if not self._finished:
            self._gone.set()
            self._abort()


class BedrockHandler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "BedrockServer"

    def do_GET(self) -> None:
        if self.path == "/health":
            client = self.server.client()
            ready = client is not None and client.ready()
            self.answer(200 if ready else 503, {"status": "ready" if ready else "loading"})
        else:
            self.answer(404, {"message": "not found"})

    def do_POST(self) -> None:
        try:
            body = self.body()
            match self.path.split("/"):
                case ["", "model", model_id, "converse-stream"]:
                    self._stream(unquote(model_id), body)
                case _:
                    self._refuse(404, "UnknownOperationException", "not found")
        except BedrockError as error:
            self._refuse(error.status, error.code, error.message)

    def events(
        self, model_id: str, body: object, caller: CallerWatch
    ) -> Generator[Event, None, None]:
        """The reply as Bedrock's events. Raises BedrockError."""
        request = accept(model_id, body)
        if not (client := self.server.client()):
            raise BedrockError("ModelNotReadyException", "The model is still loading.")
        reply = client.connect()
        caller.when_gone(reply.abort)
        try:
            client.send(reply, request)
            yield from bridge.events(reply.chunks(), request)
        finally:
            reply.close()

    def _stream(self, model_id: str, body: object) -> None:
        """Frames as they come; the headers wait for the first, so that an early error keeps its
        HTTP status."""
        caller = CallerWatch(self.connection)
        has_begun = False
        try:
            with closing(self.events(model_id, body, caller)) as events:
                for name, content in events:
                    caller.wait()
                    if not has_begun:
                        kind = "application/vnd.amazon.eventstream"
                        self._head(200, kind, {"Transfer-Encoding": "chunked"})
                    has_begun = True
                    self._chunk(eventstream.event(name, content))
        except BedrockError as error:
            if not has_begun:
                raise
            kind = error.code[0].lower() + error.code[1:]
            self._chunk(eventstream.exception(kind, error.message))
        except (CallerGone, ConnectionError):
            self.close_connection = True
            return
        finally:
            caller.finish()
        self.wfile.write(b"0\r\n\r\n")

    def body(self) -> object:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            raise invalid("The request is too large.")
        try:
            return json.loads(self.rfile.read(length) or b"null")
        except ValueError as error:
            raise invalid("The request body is not JSON.") from error

    def answer(self, status: int, body: dict, **headers: str) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self._head(status, "application/json", {"Content-Length": str(len(data)), **headers})
        self.wfile.write(data)

    def _refuse(self, status: int, code: str, message: str) -> None:
        self.answer(status, {"message": message}, **{"x-amzn-errortype": code})

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def log_message(self, *_: object) -> None:
        """Nothing is logged: paths say little and bodies are what people wrote."""


class BedrockServer(ThreadingHTTPServer):
    """`client` gives the model once it is loaded, None until then."""

    daemon_threads = True
    request_queue_size = 64
    handler: type[BedrockHandler] = BedrockHandler

    def __init__(self, port: int, client: Callable[[], ChatClient | None]):
        self.client = client
        super().__init__(("127.0.0.1", port), self.handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that broke off is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
