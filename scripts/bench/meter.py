"""A reverse proxy between the function and the emulator: forwards every AWS call as it is, and
counts what AWS would bill."""

import json
import math
import queue
import threading
from dataclasses import dataclass
from http.client import HTTPConnection

from scripts.bench.loopback import Loopback, LoopbackHandler
from scripts.bench.table import TableMeter
from scripts.console.progress import Failure
from scripts.costs.operations import Operations

# API Gateway meters a socket's messages by 32 KB, both ways.
MESSAGE_BYTES = 32 * 1024
# What a socket adds to a message: two to four bytes of frame, and its part of TLS and TCP headers.
FRAME_BYTES = 80
SETTLE_SECONDS = 20
# Headers of one hop alone.
HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}
HOP |= {"proxy-authorization", "proxy-authenticate"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was answered. `target` names DynamoDB's operation."""

    path: str
    target: str
    body: bytes
    status: int
    answer: bytes


class Meter(Loopback):
    """`counted` is everything but the table's units: posts to sockets, and invocations. One thread
    counts behind the calls, so that counting makes none of them slower."""

    def __init__(self, emulator_port: int, table: TableMeter):
        super().__init__(_Hop)
        self.emulator_port = emulator_port
        self.table = table
        self.counted = Operations()
        self._problem: Exception | None = None
        self._calls: queue.Queue[Call | threading.Event] = queue.Queue()
        threading.Thread(target=self._count_all, daemon=True).start()

    def take(self, call: Call) -> None:
        self._calls.put(call)

    def settle(self) -> None:
        """Waits until all calls that were answered are counted. Raises Failure when one could not
        be."""
        done = threading.Event()
        self._calls.put(done)
        if not done.wait(SETTLE_SECONDS):
            raise Failure("The meter cannot keep up: run make bench-cost again.")
        if self._problem:
            raise Failure(f"A call could not be counted: {self._problem}.") from self._problem

    def _count_all(self) -> None:
        while True:
            call = self._calls.get()
            if isinstance(call, threading.Event):
                call.set()
                continue
            try:
                self.counted += self._count(call)
            except Exception as error:
                self._problem = self._problem or error

    def _count(self, call: Call) -> Operations:
        if call.target.startswith("DynamoDB_"):
            operation, answer = call.target.rpartition(".")[2], json.loads(call.answer or b"{}")
            self.table.count(operation, json.loads(call.body), call.status, answer)
            return Operations()
        if "/@connections/" in call.path:
            # A post to a socket that is closed is not billed.
            if call.status != 200:
                return Operations()
            messages = max(1, math.ceil(len(call.body) / MESSAGE_BYTES))
            return Operations(socket_messages=messages, out_bytes=len(call.body) + FRAME_BYTES)
        if call.path.endswith("/invocations"):
            return Operations(invocations=call.status < 300)
        raise ValueError(f"the meter does not know what AWS bills for {call.target or call.path}")


class _Hop(LoopbackHandler):
    """One connection of the function, and one to the emulator behind it."""

    disable_nagle_algorithm = True
    server: Meter

    def setup(self) -> None:
        super().setup()
        self._onward = HTTPConnection("127.0.0.1", self.server.emulator_port, timeout=120)

    def finish(self) -> None:
        self._onward.close()
        super().finish()

    def _forward(self) -> None:
        body = self.body()
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
