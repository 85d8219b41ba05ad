"""A proxy in front of the emulator that answers chosen AWS calls itself, as AWS would, or breaks
the connection. It passes WebSockets, which Python's own HTTP server cannot."""

import re
import socket
import threading
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer

CHUNK = 65536
CUT, HANG = "cut", "hang"


@dataclass
class WireFault:
    """What becomes of the calls that `call` matches: an answer, CUT (the network is gone from then
    on) or HANG; `times`: so often."""

    call: str
    answer: tuple[int, str, str] | str
    times: int = 1000
    seen: threading.Event = field(default_factory=threading.Event)

    def takes(self, line: str) -> bool:
        if not self.times or not re.search(self.call, line):
            return False
        self.times -= 1
        self.seen.set()
        return True


def xml(status: int, code: str, message: str) -> tuple[int, str, str]:
    """As IAM, CloudFront and other services with queries answer."""
    error = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
    return (
        status,
        "text/xml",
        f"<ErrorResponse><Error>{error}</Error><RequestId>r</RequestId></ErrorResponse>",
    )


def s3(status: int, code: str, message: str) -> tuple[int, str, str]:
    return (
        status,
        "application/xml",
        f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>r</RequestId></Error>",
    )


def typed(status: int, code: str, message: str) -> tuple[int, str, str]:
    """As services that speak JSON answer."""
    return (
        status,
        "application/json",
        f'{{"__type":"{code}","message":"{message}","Message":"{message}"}}',
    )


class FaultyProxy(ThreadingTCPServer):
    """`faults` may be changed at any time; `calls` counts the requests."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int):
        self.upstream = port
        self.faults: list[WireFault] = []
        self.is_cut = False
        self.calls = 0
        super().__init__(("127.0.0.1", 0), _ProxyHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def inject(self, *faults: WireFault) -> None:
        """These from now on, and the network as it should be."""
        self.faults = list(faults)
        self.is_cut = False

    def handle_error(self, request, client_address):
        """A client that went away is none."""


class _ProxyHandler(BaseRequestHandler):
    """One call: a connection carries no second one, so that each is looked at."""

    def handle(self):
        head, body = self._read()
        if not head or self.server.is_cut:
            return
        self.server.calls += 1
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        line = (
            f"{first.rsplit(' ', 1)[0]} {headers.get('x-amz-target', '')} "
            f"{body[:300].decode('latin-1')}"
        )
        fault = next((fault for fault in self.server.faults if fault.takes(line)), None)
        if fault is None:
            self._pass(first, lines, body)
        elif fault.answer == CUT:
            self.server.is_cut = True
        elif fault.answer == HANG:
            self.request.recv(1)  # until the other side gives up
        else:
            status, kind, text = fault.answer
            code = re.search(r'__type":"(\w+)', text)
            mark = f"x-amzn-ErrorType: {code[1]}\r\n" if code else ""
            head = (
                f"HTTP/1.1 {status} Injected\r\nContent-Type: {kind}\r\n{mark}Content-Length: "
                f"{len(text)}\r\nConnection: close"
            )
            self.request.sendall(f"{head}\r\n\r\n{text}".encode())

    def _read(self) -> tuple[bytes, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            if not (more := self.request.recv(CHUNK)):
                return b"", b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        if not re.search(rb"(?i)\r\nexpect:", head):
            while length and len(body) < int(length[1]):
                body += self.request.recv(CHUNK)
        return head, body

    def _pass(self, first: str, lines: list[str], body: bytes) -> None:
        upgrade = any(line.lower().startswith("upgrade:") for line in lines)
        kept = (
            lines
            if upgrade
            else [line for line in lines if not line.lower().startswith("connection:")]
            + ["Connection: close"]
        )
        with socket.create_connection(("127.0.0.1", self.server.upstream)) as upstream:
            upstream.sendall("\r\n".join([first, *kept, "", ""]).encode("latin-1") + body)
            back = threading.Thread(target=_pump, args=(upstream, self.request), daemon=True)
            back.start()
            _pump(self.request, upstream)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
