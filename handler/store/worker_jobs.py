"""The mailbox between a turn and the model worker that writes its reply (docs/architecture.md): the
function's side of it.

A worker only ever writes here, under conditions; what it is told, it learns from a write that is
refused."""

from dataclasses import dataclass

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from handler.store.keys import condition_failed

# Parts and states serve running jobs only (seconds kept); TTL deletes them for free.
_KEPT = 3_600
# A worker says every 5 s that it lives; after this long (seconds) without a word nobody counts on
# it.
_ALIVE = 15
_STATE = "STATE"


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """How a job stands. `beat` changes as long as its worker lives; `end` is what the worker said
    last, with the number of its parts."""

    taken: bool = False
    beat: int = 0
    end: dict | None = None


@dataclass(frozen=True, slots=True)
class WorkerPresence:
    """A worker as it describes itself: `state` is booting, downloading, loading, ready, stopping,
    ended or failed."""

    id: str
    state: str
    busy: int = 0
    slots: int = 0


class WorkerJobs:
    """Jobs and the parts of their replies."""

    def __init__(self, table):
        self._table = table

    def open(self, job: str, *, now: float) -> None:
        """Make room for a job's reply, before it is sent."""
        self._table.put_item(Item=_key(job) | {"take": 1, "ttl": int(now) + _KEPT})

    def stop(self, job: str) -> None:
        """Have whoever works on a job, or will, leave it."""
        self._update(job, "SET stop = :yes", "attribute_exists(pk)", {":yes": True})

    def pass_on(self, job: str, take: int) -> bool:
        """Take a job from its silent worker, so that its `take` may be sent again as the next.
        False if it was passed on already."""
        values = {":take": take, ":next": take + 1}
        return self._update(job, "SET take = :next REMOVE worker, beat", "take = :take", values)

    def read(self, job: str, take: int, seen: int) -> tuple[list[str], WorkerJob]:
        """The parts after the first `seen` ones, and how the job stands, in one Query: "PART" sorts
        before "STATE"."""
        parts, state, start = [], {}, {}
        condition = Key("pk").eq(f"MAILBOX#{job}") & Key("sk").between(
            f"PART#{take}#{seen:06d}", _STATE
        )
        while True:
            page = self._table.query(KeyConditionExpression=condition, ConsistentRead=True, **start)
            for item in page["Items"]:
                if item["sk"] == _STATE:
                    state = item
                elif item["sk"].startswith(f"PART#{take}#"):
                    parts.append(item["text"])
            if "LastEvaluatedKey" not in page:
                return parts, _job(state)
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def workers(self, *, now: float) -> list[WorkerPresence]:
        """Who said within the last seconds that it lives."""
        items = self._table.query(KeyConditionExpression=Key("pk").eq("MAILBOX#WORKERS"))["Items"]
        alive = [item for item in items if int(item["beat"]) >= now - _ALIVE]
        return [
            WorkerPresence(
                item["sk"], item["state"], int(item.get("busy", 0)), int(item.get("slots", 0))
            )
            for item in alive
        ]

    def _update(self, job: str, update: str, condition: str, values: dict) -> bool:
        try:
            self._table.update_item(
                Key=_key(job),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if condition_failed(error):
                return False
            raise
        return True


def _key(job: str) -> dict:
    return {"pk": f"MAILBOX#{job}", "sk": _STATE}


def _job(item: dict) -> WorkerJob:
    return WorkerJob("worker" in item, int(item.get("beat", 0)), item.get("end"))
