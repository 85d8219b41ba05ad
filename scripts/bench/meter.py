"""A reverse proxy on loopback between the function and the emulator: forwards every AWS call as it
is, and counts what AWS would bill."""

import json
import math
import queue
import threading
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from scripts.bench.table import TableMeter
from scripts.console.progress import Failure

# API Gateway meters a socket's messages by 32 KB, both ways.
MESSAGE_BYTES = 32 * 1024
# What a socket adds to a message: two to four bytes of frame, and its part of TLS and TCP headers.
FRAME_BYTES = 80
SETTLE_SECONDS = 20
# What belongs to one hop alone.
HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
    "proxy-authenticate",
}


@dataclass(slots=True)
class Calls:
    """What the function asked of AWS besides its table."""

    posts: int = 0
    post_messages: int = 0
    post_bytes: int = 0
    invokes: int = 0


class Meter(ThreadingHTTPServer):
    """`emulator` is where calls go. The counting is done by one thread, behind the calls: it makes
    none of them slower."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, emulator_port: int, table: TableMeter):
        self.emulator_port, self.table, self.calls = emulator_port, table, Calls()
        self.problem: Exception | None = None
        self._seen: queue.Queue = queue.Queue()
        self._workers: list[threading.Thread] = []
        super().__init__(("127.0.0.1", 0), _Hop)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "Meter":
        self._workers = [
            threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True),
            threading.Thread(target=self._work, daemon=True),
        ]
        for thread in self._workers:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._seen.put(None)
        for thread in self._workers:
            thread.join()
        self.server_close()

    def see(self, path: str, target: str, asked: bytes, status: int, said: bytes) -> None:
        """One call, to be counted."""
        self._seen.put((path, target, asked, status, said))

    def settle(self) -> None:
        """Wait until all calls that were answered are counted. Raises Failure when one could not
        be."""
        done = threading.Event()
        self._seen.put(done)
        if not done.wait(SETTLE_SECONDS):
            raise Failure(
                "The meter does not get along with its counting: run make bench-cost again."
            )
        if self.problem:
            raise Failure(f"A call could not be counted: {self.problem}.") from self.problem

    def handle_error(self, request, client_address):
        """A function that is stopped breaks off its connections."""

    def _work(self) -> None:
        while (seen := self._seen.get()) is not None:
            if isinstance(seen, threading.Event):
                seen.set()
                continue
            try:
                self._count(*seen)
            except Exception as error:
                self.problem = self.problem or error

    def _count(self, path: str, target: str, asked: bytes, status: int, said: bytes) -> None:
        if target.startswith("DynamoDB_"):
            self.table.count(
                target.rpartition(".")[2], json.loads(asked), status, json.loads(said or b"{}")
            )
        elif "/@connections/" in path:
            self.calls.posts += 1
            # A reader that has left is told nothing, and nothing is billed.
            if status == 200:
                self.calls.post_messages += max(1, math.ceil(len(asked) / MESSAGE_BYTES))
                self.calls.post_bytes += len(asked) + FRAME_BYTES
        elif path.endswith("/invocations"):
            self.calls.invokes += status < 300
        else:
            raise ValueError(f"the meter does not know what AWS bills for {target or path}")


class _Hop(BaseHTTPRequestHandler):
    """One connection of the function, and one to the emulator behind it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self._onward = HTTPConnection("127.0.0.1", self.server.emulator_port, timeout=120)

    def finish(self):
        self._onward.close()
        super().finish()

    def _forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        # The headers stay as they were signed, the host's name among them.
        self._onward.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP:
                self._onward.putheader(name, value)
        self._onward.endheaders(body)
        answer = self._onward.getresponse()
        said = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
        self.server.see(self.path, self.headers.get("X-Amz-Target", ""), body, answer.status, said)

    do_GET = do_POST = do_PUT = do_DELETE = _forward

    def log_message(self, *args):
        """Nothing is logged."""
