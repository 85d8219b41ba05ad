"""The function's end of the queue between it and the worker: puts jobs in, reads the mailbox.
Written after the wire, not after the code."""

import json
import time
from dataclasses import dataclass

from boto3.dynamodb.conditions import Key

from handler.ids import new_id
from tests.support.waiting import until


@dataclass(frozen=True)
class MailboxContents:
    """What lies in a job's mailbox: parts as (take, text), and the state item."""

    parts: list[tuple[int, str]]
    state: dict

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.parts)

    @property
    def end(self) -> dict | None:
        return self.state.get("end")


class JobQueue:
    """A queue, and mailboxes, on an emulator."""

    def __init__(self, sqs, table, url: str):
        self.sqs = sqs
        self.table = table
        self.url = url

    @classmethod
    def new(cls, sqs, table, name: str | None = None) -> "JobQueue":
        """With a queue of its own and its dead letters, as Terraform makes them."""
        name = name or f"forever-us-{new_id()}"
        dead = sqs.create_queue(QueueName=f"{name}-jobs-dead")["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        arn = found["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
        attributes = {
            "RedrivePolicy": redrive,
            "VisibilityTimeout": "330",
            "MessageRetentionPeriod": "3600",
        }
        made = sqs.create_queue(QueueName=f"{name}-jobs", Attributes=attributes)
        queue = cls(sqs, table, made["QueueUrl"])
        queue.name = name
        queue.dead = dead
        return queue

    def job(
        self,
        text: str = "Count to three.",
        *,
        take: int = 1,
        seconds: float = 60,
        max_tokens: int = 64,
        **more,
    ) -> dict:
        """A job as the function makes it."""
        job = {"job": new_id(), "take": take, "expires_at": int(time.time() + seconds)}
        messages = [{"role": "user", "content": text}]
        return job | {"messages": messages, "max_tokens": max_tokens, "temperature": 0.7} | more

    def open(self, job: dict) -> None:
        """The mailbox, before the job is sent."""
        state = {"take": job["take"], "ttl": int(time.time()) + 3600}
        self.table.put_item(Item={"pk": f"MAILBOX#{job['job']}", "sk": "STATE", **state})

    def send(self, job: dict | str) -> None:
        body = job if isinstance(job, str) else json.dumps(job)
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def ask(self, text: str = "Count to three.", **more) -> dict:
        """A job with its mailbox, sent."""
        job = self.job(text, **more)
        self.open(job)
        self.send(job)
        return job

    def stop(self, job: dict) -> None:
        self._update(job, "SET stop = :yes", {":yes": True})

    def claim(self, job: dict, worker: str) -> None:
        """As that worker does when it begins."""
        self._update(job, "SET worker = :id, beat = :id", {":id": worker})

    def give_away(self, job: dict, **more) -> dict:
        """To another worker, as after a silence before the first part."""
        again = job | {"take": job["take"] + 1} | more
        self._update(job, "SET take = :take REMOVE worker, beat", {":take": again["take"]})
        self.send(again)
        return again

    def _update(self, job: dict, update: str, values: dict) -> None:
        key = {"pk": f"MAILBOX#{job['job']}", "sk": "STATE"}
        self.table.update_item(Key=key, UpdateExpression=update, ExpressionAttributeValues=values)

    def read(self, job: dict) -> MailboxContents:
        """The mailbox, with the parts of all takes."""
        items = self.table.query(
            KeyConditionExpression=Key("pk").eq(f"MAILBOX#{job['job']}"), ConsistentRead=True
        )["Items"]
        parts = [
            (int(item["sk"].split("#")[1]), item["text"])
            for item in items
            if item["sk"].startswith("PART#")
        ]
        return MailboxContents(parts, next((item for item in items if item["sk"] == "STATE"), {}))

    def wait(self, job: dict, holds, *, seconds: float = 240) -> MailboxContents:
        """The mailbox as soon as `holds(mailbox)`."""
        return until(
            lambda: (found := self.read(job)) and holds(found) and found,
            lambda: f"the mailbox holds what is waited for; it holds {self.read(job)}",
            seconds,
        )

    def ended(self, job: dict, *, seconds: float = 240) -> MailboxContents:
        return self.wait(job, lambda mailbox: mailbox.end, seconds=seconds)

    def counts(self, url: str) -> int:
        """Messages in a queue, those in hand included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def workers(self) -> dict[str, dict]:
        """Presence, by worker."""
        items = self.table.query(
            KeyConditionExpression=Key("pk").eq("MAILBOX#WORKERS"), ConsistentRead=True
        )["Items"]
        return {item["sk"]: item for item in items}
