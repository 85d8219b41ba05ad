"""The queue that jobs come from."""

from dataclasses import dataclass

# An end waits for the poll that is under way, so that what it brings is not lost. Some 1,200 calls an hour, $0.0005.
POLL_SECONDS = 3
# Until it is claimed, a message comes back soon: a worker that dies may still be handed one by its last poll.
UNCLAIMED_SECONDS = 10
# From then on nobody else has a use for it: the queue's own visibility, longer than any turn.
CLAIMED_SECONDS = 330


@dataclass(frozen=True, slots=True)
class Message:
    """One receipt of a message; `times` it was received, this one included."""

    body: str
    receipt: str
    times: int


class Queue:
    """SQS. `visibility` (seconds) hides a claimed message from others."""

    def __init__(self, client, url: str, *, visibility: int = CLAIMED_SECONDS):
        self._client, self._url, self._visibility = client, url, visibility

    def receive(self) -> Message | None:
        """The next message, None when there is none for POLL_SECONDS. Raises botocore's errors."""
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=POLL_SECONDS,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
            VisibilityTimeout=min(UNCLAIMED_SECONDS, self._visibility),
        )
        for message in answer.get("Messages", []):
            return Message(message["Body"], message["ReceiptHandle"], int(message["Attributes"]["ApproximateReceiveCount"]))
        return None

    def hold(self, message: Message) -> None:
        """It is claimed, and hidden for as long as a turn may last. Raises botocore's errors."""
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=message.receipt, VisibilityTimeout=self._visibility)

    def delete(self, message: Message) -> None:
        """It is dealt with. Raises botocore's errors."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)
