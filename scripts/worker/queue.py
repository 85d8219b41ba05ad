"""The queue that jobs come from."""

from dataclasses import dataclass

# A long poll also is how long an end has to wait for it: what came in the meantime must not be lost. Some 1,200 calls an hour, $0.0005.
POLL_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Message:
    """One receipt of a message; `times` it was received, this one included."""

    body: str
    receipt: str
    times: int


class Queue:
    """SQS. `visibility` (seconds) hides a message from others while it is worked on; None leaves that to the queue."""

    def __init__(self, client, url: str, *, visibility: int | None = None):
        self._client, self._url = client, url
        self._more = {} if visibility is None else {"VisibilityTimeout": visibility}

    def receive(self) -> Message | None:
        """The next message, None when there is none for POLL_SECONDS. Raises botocore's errors."""
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=POLL_SECONDS,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
            **self._more,
        )
        for message in answer.get("Messages", []):
            return Message(message["Body"], message["ReceiptHandle"], int(message["Attributes"]["ApproximateReceiveCount"]))
        return None

    def delete(self, message: Message) -> None:
        """It is dealt with. Raises botocore's errors."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)
