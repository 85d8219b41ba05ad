"""Jobs, and the queue that they come from."""

import json
from dataclasses import dataclass
from typing import Any

from scripts.llm.request import ModelRequest

TOP_P = 0.9  # Bedrock's default for Mistral, so that both backends write alike
# Shutdown waits for the running poll, so that what it brings is not lost. Some 1,200 calls an hour,
# $0.0005.
POLL_SECONDS = 3
# The queue's own visibility, longer than any turn: no other worker has a use for a message that was
# fetched. One that a dying worker's last poll got is sent again by the function, since nobody
# claims it.
VISIBILITY_SECONDS = 330


class Malformed(Exception):
    """A message that is no job."""


@dataclass(frozen=True, slots=True)
class Job:
    """One take of a reply to be written; `expires_at` in epoch seconds."""

    id: str
    take: int
    expires_at: float
    request: ModelRequest

    @classmethod
    def parse(cls, body: str) -> "Job":
        """Raises Malformed."""
        try:
            data = json.loads(body)
            messages = [
                {"role": _role(message["role"]), "content": _text(message["content"])}
                for message in data["messages"]
            ]
            tokens, temperature = int(data["max_tokens"]), float(data["temperature"])
            request = ModelRequest(messages, tokens, temperature, TOP_P)
            job = cls(_text(data["job"]), int(data["take"]), float(data["expires_at"]), request)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            kind = type(error).__name__
            raise Malformed(f"{kind} in a message of {len(body)} characters") from error
        if not messages or tokens < 1 or job.take < 1:
            raise Malformed("no messages, no tokens or no take")
        return job


def _role(value: object) -> str:
    if value not in ("user", "assistant"):
        raise ValueError("a role that no chat template has")
    return str(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("text is missing")
    return value


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """`times` counts how often it was received, this time included."""

    body: str
    receipt: str
    times: int


@dataclass(frozen=True, slots=True)
class Queue:
    """SQS. `visibility` (seconds) hides a fetched message from other workers. The methods raise
    botocore's errors."""

    client: Any
    url: str
    visibility: int

    def receive(self) -> QueueMessage | None:
        """Waits POLL_SECONDS for a message."""
        answer = self.client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=POLL_SECONDS,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
            VisibilityTimeout=self.visibility,
        )
        for message in answer.get("Messages", []):
            times = int(message["Attributes"]["ApproximateReceiveCount"])
            return QueueMessage(message["Body"], message["ReceiptHandle"], times)
        return None

    def delete(self, message: QueueMessage) -> None:
        self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message.receipt)
