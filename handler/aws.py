"""The AWS clients of one process, slow to make and cheap to keep, and what the chat is handed over
them."""

import json
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from handler.errors import Internal, RateLimited
from handler.schemas import Json

# Retries are the SDK's where it knows better than we do: throttling and 5xx, with jitter, twice at
# most.
_RETRIES = {"mode": "standard", "total_max_attempts": 3}
# Tokens may be seconds apart, never half a minute. No retries here: the SDK would also wait three
# times for a model that is silent, and which failure is worth another try, or another model, is the
# backend's to know.
PATIENT = Config(
    read_timeout=30, connect_timeout=5, retries={"mode": "standard", "total_max_attempts": 1}
)
BRISK = Config(read_timeout=10, connect_timeout=3, retries=_RETRIES)
# A boto3 client or resource, which has no types of its own.
Client = Any


def table(name: str, **endpoint: str | None) -> Client:
    """The DynamoDB table; `endpoint` may name another endpoint."""
    return boto3.resource("dynamodb", config=BRISK, **endpoint).Table(name)


def bedrock(**endpoint: str) -> Client:
    return boto3.client("bedrock-runtime", config=PATIENT, **endpoint)


@dataclass
class WorkerQueue:
    """The model worker's queue. Its client is made when the first job is sent: most stacks never
    send one."""

    url: str

    @cached_property
    def _client(self) -> Client:
        return boto3.client("sqs", config=BRISK)

    def send(self, body: str) -> None:
        self._client.send_message(QueueUrl=self.url, MessageBody=body)


@dataclass(frozen=True, slots=True)
class SocketPoster:
    """Sends frames to WebSocket connections through API Gateway's management API."""

    client: Client

    def post(self, connection_id: str, frame: Json) -> bool:
        """False when the connection is gone or cannot be reached; throttled, it waits and tries
        again."""
        data = json.dumps(frame, ensure_ascii=False).encode("utf-8", "replace")
        for pause in (0.2, 0.5, 1.0, 2.0, 0):
            try:
                self.client.post_to_connection(ConnectionId=connection_id, Data=data)
                return True
            except ClientError as error:
                if error.response["Error"]["Code"] != "LimitExceededException":
                    return False
                time.sleep(pause)
            except BotoCoreError:
                return False
        return False


@dataclass(frozen=True, slots=True)
class TurnHandover:
    """Gives turns to asynchronous invocations of the same function."""

    client: Client
    function: str

    def invoke(self, turn: Json) -> None:
        """Raises RateLimited or Internal."""
        payload = json.dumps({"turn": turn}).encode()
        try:
            self.client.invoke(FunctionName=self.function, InvocationType="Event", Payload=payload)
        except (ClientError, BotoCoreError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
            if code == "TooManyRequestsException":
                raise RateLimited(retry_after=2) from error
            raise Internal from error
