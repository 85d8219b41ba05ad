"""A reverse proxy on loopback between the function and the emulator: forwards every AWS call as it
is, and counts what AWS would bill."""

import json
import math
import queue
import threading
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from scripts.bench.table import TableMeter
from scripts.console.progress import Failure

# API Gateway meters a socket's messages by 32 KB, both ways.
MESSAGE_BYTES = 32 * 1024
# What a socket adds to a message: two to four bytes of frame, and its part of TLS and TCP headers.
FRAME_BYTES = 80
SETTLE_SECONDS = 20
# Headers of one hop alone.
HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}
HOP |= {"proxy-authorization", "proxy-authenticate"}


@dataclass(slots=True)
class Calls:
    """What the function called of AWS besides its table."""

    posts: int = 0
    post_messages: int = 0
    post_bytes: int = 0
    invokes: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was answered. `target` names DynamoDB's operation."""

    path: str
    target: str
    body: bytes
    status: int
    answer: bytes


class Meter(ThreadingHTTPServer):
    """One thread counts behind the calls, so that counting makes none of them slower."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, emulator_port: int, table: TableMeter):
        self.emulator_port = emulator_port
        self.table = table
        self.calls = Calls()
        self._problem: Exception | None = None
        self._uncounted: queue.Queue[Call | threading.Event | None] = queue.Queue()
        super().__init__(("127.0.0.1", 0), _Hop)
        self._workers = (
            threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True),
            threading.Thread(target=self._work, daemon=True),
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "Meter":
        for thread in self._workers:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._uncounted.put(None)
        for thread in self._workers:
            thread.join()
        self.server_close()

    def take(self, call: Call) -> None:
        self._uncounted.put(call)

    def settle(self) -> None:
        """Waits until all calls that were answered are counted. Raises Failure when one could not
        be."""
        done = threading.Event()
        self._uncounted.put(done)
        if not done.wait(SETTLE_SECONDS):
            raise Failure("The meter cannot keep up: run make bench-cost again.")
        if self._problem:
            raise Failure(f"A call could not be counted: {self._problem}.") from self._problem

    def handle_error(self, *_: object) -> None:
        """A function that is stopped breaks off its connections."""

    def _work(self) -> None:
        while (call := self._uncounted.get()) is not None:
            if isinstance(call, threading.Event):
                call.set()
                continue
            try:
                self._count(call)
            except Exception as error:
                self._problem = self._problem or error

    def _count(self, call: Call) -> None:
        if call.target.startswith("DynamoDB_"):
            operation = call.target.rpartition(".")[2]
            answer = json.loads(call.answer or b"{}")
            self.table.count(operation, json.loads(call.body), call.status, answer)
        elif "/@connections/" in call.path:
            self.calls.posts += 1
            # A post to a socket that is closed is not billed.
            if call.status == 200:
                self.calls.post_messages += max(1, math.ceil(len(call.body) / MESSAGE_BYTES))
                self.calls.post_bytes += len(call.body) + FRAME_BYTES
        elif call.path.endswith("/invocations"):
            self.calls.invokes += call.status < 300
        else:
            what = call.target or call.path
            raise ValueError(f"the meter does not know what AWS bills for {what}")


class _Hop(BaseHTTPRequestHandler):
    """One connection of the function, and one to the emulator behind it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Meter

    def setup(self) -> None:
        super().setup()
        self._onward = HTTPConnection("127.0.0.1", self.server.emulator_port, timeout=120)

    def finish(self) -> None:
        self._onward.close()
        super().finish()

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        # The headers stay as they were signed, the host's name among them.
        self._onward.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP:
                self._onward.putheader(name, value)
        self._onward.endheaders(body)
        response = self._onward.getresponse()
        answer = response.read()
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        target = self.headers.get("X-Amz-Target", "")
        self.server.take(Call(self.path, target, body, response.status, answer))

    do_GET = do_POST = do_PUT = do_DELETE = _forward

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""
