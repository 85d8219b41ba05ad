"""Where a worker writes a reply. It reads nothing: the table judges every condition."""

import time
from collections.abc import Callable
from typing import Any

from scripts.worker.jobs import Job
from scripts.worker.retry import retry, write_if

KEPT_SECONDS = 3600  # until the table deletes an item
RETRY_SECONDS = 10.0  # the function gives a silent job to another worker after 5
_UNCLAIMED = "take = :take AND attribute_not_exists(worker) AND attribute_not_exists(stop)"
_MINE = "take = :take AND worker = :id AND attribute_not_exists(stop)"


class ReplyMailbox:
    """The mailbox of one take of one job. All methods raise Unreachable."""

    def __init__(self, table: Any, worker: str, job: Job, clock: Callable[[], float] = time.time):
        self._table = table
        self._worker = worker
        self._job = job
        self._clock = clock
        self._partition = f"MAILBOX#{job.id}"

    def claim(self) -> bool:
        """False when the job is another worker's, was stopped, or has a later take."""
        return self._update("SET worker = :id, beat = :ms", _UNCLAIMED, {":ms": self._now_ms()})

    def beat(self) -> bool:
        """False when the job has to be left at once."""
        return self._update("SET beat = :ms", _MINE, {":ms": self._now_ms()})

    def end(self, end: dict) -> bool:
        """False when nobody waits for the reply any more."""
        names = {"#end": "end"}
        return self._update("SET #end = :end", _MINE, {":end": end}, ExpressionAttributeNames=names)

    def part(self, number: int, text: str) -> None:
        """The first is number 0. Writing one twice makes no difference."""
        item = {
            "pk": self._partition,
            "sk": f"PART#{self._job.take}#{number:06d}",
            "text": text,
            "ttl": int(self._clock()) + KEPT_SECONDS,
        }
        retry(lambda: self._table.put_item(Item=item), seconds=RETRY_SECONDS)

    def _update(self, update: str, condition: str, values: dict, **more: object) -> bool:
        request = more | {
            "Key": {"pk": self._partition, "sk": "STATE"},
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":take": self._job.take, ":id": self._worker, **values},
        }
        return write_if(lambda: self._table.update_item(**request), seconds=RETRY_SECONDS)

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)
