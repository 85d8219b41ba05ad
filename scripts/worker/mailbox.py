"""Where a worker writes a reply. It reads nothing: the table judges every condition."""

import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from scripts.worker.jobs import Job
from scripts.worker.retry import retry

KEPT_SECONDS = 3600  # until the table deletes an item
RETRY_SECONDS = 10.0  # the function gives a silent job to another worker after 5
_UNCLAIMED = "take = :take AND attribute_not_exists(worker) AND attribute_not_exists(stop)"
_MINE = "take = :take AND worker = :id AND attribute_not_exists(stop)"


@dataclass(frozen=True, slots=True)
class ReplyMailbox:
    """The mailbox of one take of one job. All methods raise Unreachable."""

    table: Any
    worker: str
    job: Job

    def claim(self) -> bool:
        """False when the job is another worker's, was stopped, or has a later take."""
        return self._update("SET worker = :id, beat = :ms", _UNCLAIMED, {":ms": _now_ms()})

    def beat(self) -> bool:
        """False when the job has to be left at once."""
        return self._update("SET beat = :ms", _MINE, {":ms": _now_ms()})

    def end(self, end: dict) -> bool:
        """False when nobody waits for the reply any more."""
        names = {"#end": "end"}
        return self._update("SET #end = :end", _MINE, {":end": end}, ExpressionAttributeNames=names)

    def part(self, number: int, text: str) -> None:
        """The first is number 0. Writing one twice makes no difference."""
        item = {
            "pk": f"MAILBOX#{self.job.id}",
            "sk": f"PART#{self.job.take}#{number:06d}",
            "text": text,
            "ttl": int(time.time()) + KEPT_SECONDS,
        }
        retry(lambda: self.table.put_item(Item=item), seconds=RETRY_SECONDS)

    def _update(self, expression: str, condition: str, values: dict, **more: object) -> bool:
        request = more | {
            "Key": {"pk": f"MAILBOX#{self.job.id}", "sk": "STATE"},
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":take": self.job.take, ":id": self.worker, **values},
        }

        def update() -> bool:
            try:
                self.table.update_item(**request)
            except ClientError as error:
                if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                    return False
                raise
            return True

        return retry(update, seconds=RETRY_SECONDS)


def _now_ms() -> int:
    return round(time.time() * 1000)
