"""The handler with everything around it that is AWS's: events in their recorded shapes, an
asynchronous invoke, connections.

DynamoDB and Bedrock are real wires (moto's server, the local Bedrock runtime with scripted
replies); only the two APIs' own services are small doubles, because moto has neither."""

import copy
import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

from botocore.exceptions import ClientError

EVENTS = Path(__file__).parent / "events"
SITE_ORIGIN = "https://d111111abcdef8.cloudfront.net"


def recorded(name: str) -> dict:
    """A recorded AWS event, fresh each time."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def client_error(code: str, operation: str = "PostToConnection") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


@dataclass
class LambdaContext:
    """Lambda's context object, as far as the handler uses it."""

    seconds: float = 300
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    born: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return round((self.seconds - (time.monotonic() - self.born)) * 1000)


class FakeConnections:
    """`post_to_connection`: keeps what each connection was sent; `gone` and `slow` make trouble."""

    def __init__(self):
        self.frames: dict[str, list[dict]] = {}
        self.sizes: list[int] = []
        self.gone: set[str] = set()
        self.slow: dict[str, float] = {}
        self.limited = 0

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:
        if ConnectionId in self.gone:
            raise client_error("GoneException")
        if self.limited:
            self.limited -= 1
            raise client_error("LimitExceededException")
        time.sleep(self.slow.get(ConnectionId, 0))
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

    def settle(self, timeout: float = 30) -> None:
        """Wait until every asynchronous invocation has ended."""
        for thread in self.threads:
            thread.join(timeout)
            assert not thread.is_alive(), "a turn did not end"


@dataclass
class AsyncAnswer:
    status: int
    body: object
    headers: dict

    @property
    def code(self) -> str:
        return self.body["code"]


class Bench:
    """One deployed stack, as API Gateway would call it."""

    def __init__(
        self, app, store, connections: FakeConnections, invoker: Invoker, model, jobs: Queue
    ):
        self.app, self.store, self.connections, self.invoker, self.model, self.jobs = (
            app,
            store,
            connections,
            invoker,
            model,
            jobs,
        )
        invoker.handle = app.handle

    def call(
        self,
        route: str,
        *,
        token: str | None = None,
        body: object = None,
        query: dict | None = None,
        **ids: str,
    ) -> AsyncAnswer:
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

    def raw(self, event: dict) -> AsyncAnswer:
        answer = self.app.handle(copy.deepcopy(event), LambdaContext(30))
        text = answer.get("body")
        kind = answer.get("headers", {}).get("content-type", "")
        return AsyncAnswer(
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

    def frames(self, connection: str) -> list[dict]:
        return self.connections.frames.get(connection, [])

    def chat(
        self, connection: str, token: str, text: str, message_id: str, **more: str
    ) -> list[dict]:
        """One whole turn over a WebSocket; its frames."""
        before = len(self.frames(connection))
        self.send(
            connection,
            {"action": "chat", "token": token, "text": text, "message_id": message_id, **more},
        )
        self.invoker.settle()
        return self.frames(connection)[before:]
