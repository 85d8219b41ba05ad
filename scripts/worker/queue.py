"""The queue that jobs come from."""

from dataclasses import dataclass

# An end waits for the poll that is under way, so that what it brings is not lost. Some 1,200 calls
# an hour, $0.0005.
POLL_SECONDS = 3
# Nobody else has a use for a message that was fetched: the queue's own visibility, longer than any
# turn. One that a dying worker's last poll was handed is sent again by the function, since nobody
# claims it.
FETCHED_SECONDS = 330


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """One receipt of a message; `times` it was received, this one included."""

    body: str
    receipt: str
    times: int


class Queue:
    """SQS. `visibility` (seconds) hides a fetched message from others."""

    def __init__(self, client, url: str, *, visibility: int = FETCHED_SECONDS):
        self._client, self._url, self._visibility = client, url, visibility

    def receive(self) -> QueueMessage | None:
        """The next message, None when there is none for POLL_SECONDS. Raises botocore's errors."""
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=POLL_SECONDS,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
            VisibilityTimeout=self._visibility,
        )
        for message in answer.get("Messages", []):
            return QueueMessage(
                message["Body"],
                message["ReceiptHandle"],
                int(message["Attributes"]["ApproximateReceiveCount"]),
            )
        return None

    def delete(self, message: QueueMessage) -> None:
        """It is dealt with. Raises botocore's errors."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)
