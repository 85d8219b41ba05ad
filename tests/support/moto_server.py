"""moto's AWS on its real wire. Its own server opens a connection and writes a log line for every
request, and answers several at once although moto's tables are not made for that; this one keeps
connections open and answers one request after the other, so that a conditional write or a
transaction is atomic, as it is in AWS."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.awsrequest import AWSPreparedRequest
from moto.core.botocore_stubber import BotocoreStubber
from moto.moto_api._internal.models import moto_api_backend


class MotoServer(ThreadingHTTPServer):
    """Serves while its block runs."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MotoHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._moto = BotocoreStubber()
        self._one_at_a_time = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> "MotoServer":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def reset(self) -> None:
        """Forget everything, in every service."""
        with self._one_at_a_time:
            moto_api_backend.reset()

    def answer(self, request: AWSPreparedRequest) -> tuple[int, dict, bytes]:
        """What moto says to a request that is addressed to AWS itself."""
        with self._one_at_a_time:
            answer = self._moto.process_request(request)
        assert answer, f"moto does not play {request.url}"
        status, headers, body = answer
        return status, headers, body.encode() if isinstance(body, str) else body

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is none."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _MotoHandler(BaseHTTPRequestHandler):
    server: MotoServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = f"https://{self._host()}{self.path}"
        request = AWSPreparedRequest(self.command, url, self.headers, body, stream_output=False)
        status, headers, said = self.server.answer(request)
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def _host(self) -> str:
        """AWS's, as the signature names service and region. What has none is for moto itself."""
        if not (signature := self.headers.get("Authorization")):
            return "motoapi.amazonaws.com"
        region, service = signature.split("/")[2:4]
        return f"{service}.{region}.amazonaws.com"

    do_GET = do_PUT = do_POST = do_DELETE = answer

    def log_message(self, *args) -> None:
        """The clients know what they asked."""
