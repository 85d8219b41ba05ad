"""Where a worker writes a reply. It reads nothing: each condition is the table's to judge."""

import time
from collections.abc import Callable

from scripts.worker.job import Job
from scripts.worker.retry import granted, insist

KEPT_SECONDS = 3600  # after which the table forgets an item
PATIENCE = 10.0  # seconds; the function gives a silent job to another after 5
_MINE = "take = :take AND worker = :id AND attribute_not_exists(stop)"


def partition(job: str) -> str:
    """The partition of a job's mailbox."""
    return f"MAILBOX#{job}"


class ReplyMailbox:
    """The mailbox of one take of one job, as the worker `worker` writes it. All methods raise
    Unreachable."""

    def __init__(self, table, worker: str, job: Job, *, clock: Callable[[], float] = time.time):
        self._table, self._worker, self._job, self._clock = table, worker, job, clock

    def claim(self) -> bool:
        """Take the job. False when it is another's, was stopped, or was given away again."""
        free = "take = :take AND attribute_not_exists(worker) AND attribute_not_exists(stop)"
        return self._update(
            "SET worker = :id, beat = :ms", free, {":id": self._worker, ":ms": self._now_ms()}
        )

    def beat(self) -> bool:
        """Say that the job is being worked on. False when it is to be left at once."""
        return self._update("SET beat = :ms", _MINE, {":id": self._worker, ":ms": self._now_ms()})

    def end(self, end: dict) -> bool:
        """Say how the job ended. False when nobody waits for it any more."""
        return self._update(
            "SET #end = :end", _MINE, {":id": self._worker, ":end": end}, names={"#end": "end"}
        )

    def part(self, number: int, text: str) -> None:
        """Write what came since the part before; the first is number 0. Written twice it is the
        same."""
        item = {
            "pk": partition(self._job.id),
            "sk": f"PART#{self._job.take}#{number:06d}",
            "text": text,
            "ttl": int(self._clock()) + KEPT_SECONDS,
        }
        insist(lambda: self._table.put_item(Item=item), seconds=PATIENCE)

    def _update(self, update: str, condition: str, values: dict, names: dict | None = None) -> bool:
        request = {
            "Key": {"pk": partition(self._job.id), "sk": "STATE"},
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":take": self._job.take, **values},
            **({"ExpressionAttributeNames": names} if names else {}),
        }
        return granted(lambda: self._table.update_item(**request), seconds=PATIENCE)

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)
