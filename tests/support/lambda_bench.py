"""The handler with everything around it that is AWS's: events in their recorded shapes, an
asynchronous invoke, connections.

DynamoDB and Bedrock are real wires (moto's server, the local Bedrock runtime with scripted
replies); only the two APIs' own services are small doubles, because moto has neither."""

import copy
import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue

from botocore.exceptions import ClientError

from handler import aws
from handler.app import App
from handler.ids import new_id
from handler.settings import Settings
from handler.store import Store
from tests.support.scripted_bedrock import Fault, ScriptedServer

EVENTS = Path(__file__).parent / "events"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
SITE_ORIGIN = "https://d111111abcdef8.cloudfront.net"


def recorded(name: str) -> dict:
    """A recorded AWS event, fresh each time."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def client_error(code: str, operation: str = "PostToConnection") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


@contextmanager
def hooked(table, hook: Callable[..., None], *operations: str, moment: str = "before-call"):
    """Has boto3 call `hook` at each of these operations on the table, by default at all."""
    every = f"{moment}.dynamodb"
    names = [f"{every}.{operation}" for operation in operations] or [every]
    events = table.meta.client.meta.events
    for name in names:
        events.register(name, hook)
    try:
        yield
    finally:
        for name in names:
            events.unregister(name, hook)


class RunningClock:
    """A time of day that goes on from noon: no midnight and no month's end falls into a test."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self) -> float:
        return NOON + time.monotonic() - self._began


class MovableClock:
    """A time of day that stands still until it is set."""

    def __init__(self, now: float):
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class LambdaContext:
    """Lambda's context object, as far as the handler uses it."""

    seconds: float = 300
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    born: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return round((self.seconds - (time.monotonic() - self.born)) * 1000)


class FakeConnections:
    """`post_to_connection`: keeps what each connection was sent; `gone`, `held` and `limited` make
    trouble: a connection is held until its event comes."""

    def __init__(self):
        self.frames: dict[str, list[dict]] = {}
        self.sizes: list[int] = []
        self.gone: set[str] = set()
        self.held: dict[str, threading.Event] = {}
        self.limited = 0

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:
        if ConnectionId in self.gone:
            raise client_error("GoneException")
        if self.limited:
            self.limited -= 1
            raise client_error("LimitExceededException")
        if ConnectionId in self.held:
            self.held[ConnectionId].wait()
        self.sizes.append(len(Data))
        self.frames.setdefault(ConnectionId, []).append(json.loads(Data))


class Invoker:
    """Lambda's asynchronous invoke: runs the event in a thread of its own."""

    def __init__(self):
        self.handle = None
        self.threads: list[threading.Thread] = []
        self.fails_with: str | None = None
        self.seconds = 300.0

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict:
        assert InvocationType == "Event"
        if self.fails_with:
            raise client_error(self.fails_with, "Invoke")
        event = json.loads(Payload)
        thread = threading.Thread(target=self.handle, args=(event, LambdaContext(self.seconds)))
        thread.start()
        self.threads.append(thread)
        return {"StatusCode": 202}

    def settle(self, timeout: float = 300) -> None:
        """Wait until every asynchronous invocation has ended."""
        for thread in self.threads:
            thread.join(timeout)
            assert not thread.is_alive(), "a turn did not end"


class ScriptedBedrock:
    """The local Bedrock runtime with scripted replies, and what it was asked."""

    def __init__(self):
        self._server = ScriptedServer(0)
        self.faults = self._server.faults
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def says(self, reply: str | None = None, **fault: object) -> None:
        """Script the next call."""
        self.faults.add([Fault(reply=reply, **fault)])

    @property
    def calls(self) -> int:
        return self.faults.report()["calls"]

    @property
    def asked(self) -> list[dict]:
        return [call["body"] for call in self.faults.report()["recent"]]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class HttpReply:
    status: int
    body: object
    headers: dict

    @property
    def code(self) -> str:
        return self.body["code"]


@dataclass
class Bench:
    """One deployed stack, as API Gateway would call it; `jobs` are those for the model worker."""

    app: App
    table: object
    connections: FakeConnections
    invoker: Invoker
    model: ScriptedBedrock
    jobs: Queue

    def __post_init__(self) -> None:
        self.store = Store(self.table)
        self.invoker.handle = self.app.handle

    def call(
        self,
        route: str,
        *,
        token: str | None = None,
        body: object = None,
        query: dict | None = None,
        **ids: str,
    ) -> HttpReply:
        """One HTTP request to a route key."""
        event = recorded("http")
        event["routeKey"] = event["requestContext"]["routeKey"] = route
        if token is not None:
            event["headers"]["authorization"] = f"Bearer {token}"
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        if query:
            event["queryStringParameters"] = query
        if ids:
            event["pathParameters"] = ids
        return self.raw(event)

    def ask(self, token: str, text: str = "Hi", **more: object) -> HttpReply:
        """One turn over HTTP."""
        return self.call("POST /chat", token=token, body={"text": text, **more})

    def conversations(self, token: str) -> list[dict]:
        return self.call("GET /conversations", token=token).body["items"]

    def messages(self, token: str, conversation: str) -> list[dict]:
        """The first page of a conversation."""
        route = "GET /conversations/{id}/messages"
        return self.call(route, token=token, id=conversation).body["items"]

    def message(self, token: str, message_id: str) -> dict:
        return self.call("GET /messages/{id}", token=token, id=message_id).body

    def used(self, token: str) -> int:
        """How much of the guest's quota is."""
        return self.call("GET /me", token=token).body["quota"]["used"]

    def raw(self, event: dict) -> HttpReply:
        answer = self.app.handle(copy.deepcopy(event), LambdaContext(30))
        text = answer.get("body")
        kind = answer.get("headers", {}).get("content-type", "")
        return HttpReply(
            answer["statusCode"],
            json.loads(text) if text and "json" in kind else text,
            answer.get("headers", {}),
        )

    def send(self, connection: str, frame: object) -> dict:
        """One WebSocket frame; its turn, if any, goes on in the background."""
        event = recorded("frame")
        event["requestContext"]["connectionId"] = connection
        event["body"] = frame if isinstance(frame, str) else json.dumps(frame)
        return self.app.handle(event, LambdaContext(29))

    def begin(self, connection: str, token: str, text: str = "Hi", **more: str) -> None:
        """A turn over a WebSocket, which goes on in the background."""
        turn = {"action": "chat", "token": token, "text": text, "message_id": new_id()}
        self.send(connection, turn | more)

    def frames(self, connection: str) -> list[dict]:
        return self.connections.frames.get(connection, [])

    def chat(
        self, connection: str, token: str, text: str, message_id: str, **more: str
    ) -> list[dict]:
        """One whole turn over a WebSocket; its frames."""
        before = len(self.frames(connection))
        self.begin(connection, token, text, message_id=message_id, **more)
        self.invoker.settle()
        return self.frames(connection)[before:]


def make_bench(table, model, settings: Settings, clock=None) -> Bench:
    """A stack with the model switched on, over any table; `clock` is its time of day."""
    connections, invoker, jobs = FakeConnections(), Invoker(), Queue()
    app = App(
        settings,
        table=table,
        bedrock=aws.bedrock(endpoint_url=model.url),
        connections=connections,
        lambda_client=invoker,
        send_job=jobs.put,
        clock=clock or RunningClock(),
    )
    bench = Bench(app, table, connections, invoker, model, jobs)
    bench.store.switch.switch_on(until=4_000_000_000)
    return bench
