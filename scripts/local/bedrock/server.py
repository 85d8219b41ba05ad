"""The HTTP side: Bedrock's runtime API on 127.0.0.1, its errors and its event stream."""

import json
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from scripts.llm.ask import BedrockError, invalid
from scripts.llm.upstream import Upstream
from scripts.local.bedrock import bridge, eventstream
from scripts.local.bedrock.client import CallerWatch, Gone
from scripts.local.bedrock.faults import Cut, Fault, Faults, StreamError
from scripts.local.bedrock.rules import accept

LARGEST_BODY = 4_000_000


class Server(ThreadingHTTPServer):
    """`upstream` gives the model once it is loaded, None until then."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, upstream: Callable[[], Upstream | None], faults: Faults):
        self.upstream, self.faults = upstream, faults
        super().__init__(("127.0.0.1", port), BedrockHandler)

    def handle_error(self, request, client_address):
        """A client that broke off is no error; anything else is logged by `BedrockHandler`."""


class BedrockHandler(BaseHTTPRequestHandler):
    """One connection: Bedrock's two operations, `/health`, and the doors for tests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        """`/health`, and `/_calls`: how many calls came, run and were cancelled."""
        if self.path == "/health":
            upstream = self.server.upstream()
            ready = bool(upstream and upstream.ready())
            self._json(200 if ready else 503, {"status": "ready" if ready else "loading"})
        elif self.path == "/_calls":
            self._json(200, self.server.faults.report())
        else:
            self._json(404, {"message": "not found"})

    def do_DELETE(self):
        """`/_faults`: forget the queue and the counts."""
        if self.path == "/_faults" and self.server.faults.enabled:
            self._body()
            self.server.faults.clear()
            self._json(200, {"queued": 0})
        else:
            self._json(404, {"message": "not found"})

    def do_POST(self):
        """Converse and ConverseStream; `/_faults`: queue one fault or a list."""
        parts = self.path.split("/")
        try:
            body = self._body()
            if self.path == "/_faults" and self.server.faults.enabled:
                self._queue(body)
            elif (
                len(parts) == 4
                and parts[1] == "model"
                and parts[3] in ("converse", "converse-stream")
            ):
                self._converse(unquote(parts[2]), body, stream=parts[3] == "converse-stream")
            else:
                self._json(
                    404, {"message": "not found"}, {"x-amzn-errortype": "UnknownOperationException"}
                )
        except BedrockError as error:
            self._json(error.status, {"message": error.message}, {"x-amzn-errortype": error.code})

    def _converse(self, model_id: str, body: object, *, stream: bool) -> None:
        fault, client = self.server.faults.begin(model_id, body), CallerWatch(self.connection)
        reply = None
        try:
            fault.refuse()
            ask = accept(model_id, body)
            if fault.words is None:
                upstream = self.server.upstream()
                if not upstream:
                    raise BedrockError("ModelNotReadyException", "The model is still loading.")
                reply = upstream.open(ask)
                client.when_gone(reply.abort)
            events = bridge.events(reply.chunks(), ask) if reply else fault.scripted()
            disturbed = fault.disturb(events, client.wait)
            self._stream(disturbed, client) if stream else self._whole(disturbed, client)
        except (Gone, Cut, ConnectionError):
            self.close_connection = True
        finally:
            client.finish()
            if reply:
                reply.close()
            self.server.faults.end(gone=client.gone)

    def _whole(self, events: Iterable, client: CallerWatch) -> None:
        try:
            said = bridge.answer(events)
        except StreamError as error:
            raise BedrockError("ModelErrorException", error.message) from error
        client.wait(0)
        self._json(200, said)

    def _stream(self, events: Iterable, client: CallerWatch) -> None:
        """Frames as they come; the headers wait for the first, so that an early failure keeps its
        HTTP status."""
        begun = False
        try:
            for name, body in events:
                client.wait(0)
                if not begun:
                    self._head(
                        200, "application/vnd.amazon.eventstream", {"Transfer-Encoding": "chunked"}
                    )
                    begun = True
                self._chunk(eventstream.event(name, body))
        except BedrockError as error:
            if not begun:
                raise
            self._chunk(
                eventstream.exception(error.code[0].lower() + error.code[1:], error.message)
            )
        except StreamError as error:
            self._chunk(eventstream.exception(error.kind, error.message))
        self.wfile.write(b"0\r\n\r\n")

    def _queue(self, body: object) -> None:
        try:
            faults = [Fault.parse(data) for data in (body if isinstance(body, list) else [body])]
        except (TypeError, ValueError) as error:
            raise invalid(str(error)) from error
        self.server.faults.add(faults)
        self._json(200, {"queued": len(faults)})

    def _body(self) -> object:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            raise invalid("The request is too large.")
        try:
            return json.loads(self.rfile.read(length) or b"null")
        except ValueError as error:
            raise invalid("The request body is not JSON.") from error

    def _json(self, status: int, body: dict, headers: dict | None = None) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self._head(
            status, "application/json", {"Content-Length": str(len(data)), **(headers or {})}
        )
        self.wfile.write(data)

    def _head(self, status: int, kind: str, headers: dict) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def log_message(self, *args):
        """Nothing is logged: paths say little and bodies are what people wrote."""
