"""The mailbox between a turn and the model worker that writes its reply (docs/architecture.md): the
function's side of it. A worker only writes to it, under conditions: a refused write is how it
learns that its job was stopped or passed on."""

from dataclasses import dataclass

from boto3.dynamodb.conditions import Key

from handler.store.table import Item, Table, Update, every

# Parts and states serve running jobs only (seconds kept); TTL deletes them for free.
_KEPT = 3_600
# A worker sends a heartbeat every 5 s; after this long (seconds) without one it counts as gone.
_ALIVE = 15
_STATE = "STATE"


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """The state of a job. `beat` changes as long as its worker lives; `end` is what the worker
    wrote last, with the number of its parts."""

    taken: bool = False
    beat: int = 0
    end: Item | None = None


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

    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, job: str, *, now: float) -> None:
        """Make room for a job's reply, before it is sent."""
        self._table.put_item(Item=_key(job) | {"take": 1, "ttl": int(now) + _KEPT})

    def stop(self, job: str) -> None:
        """Have the worker that has the job, or will, leave it."""
        Update(_key(job), "SET stop = :yes", {":yes": True}).apply(self._table)

    def pass_on(self, job: str, take: int) -> bool:
        """Take a job from its silent worker, so that its `take` may be sent again as the next.
        False if it was passed on already."""
        update, values = "SET take = :next REMOVE worker, beat", {":take": take, ":next": take + 1}
        passed_on = Update(_key(job), update, values, "take = :take").apply(self._table)
        return passed_on is not None

    def read(self, job: str, take: int, seen: int) -> tuple[list[str], WorkerJob]:
        """The parts after the first `seen` ones, and the job's state, in one Query: "PART" sorts
        before "STATE"."""
        new = Key("sk").between(f"PART#{take}#{seen:06d}", _STATE)
        condition = Key("pk").eq(f"MAILBOX#{job}") & new
        query = self._table.query
        items = list(every(query, KeyConditionExpression=condition, ConsistentRead=True))
        parts = [item["text"] for item in items if item["sk"].startswith(f"PART#{take}#")]
        state = next((item for item in items if item["sk"] == _STATE), {})
        return parts, WorkerJob("worker" in state, int(state.get("beat", 0)), state.get("end"))

    def workers(self, *, now: float) -> list[WorkerPresence]:
        """The workers whose heartbeat is recent."""
        items = self._table.query(KeyConditionExpression=Key("pk").eq("MAILBOX#WORKERS"))["Items"]
        alive = [item for item in items if int(item["beat"]) >= now - _ALIVE]
        return [
            WorkerPresence(
                item["sk"], item["state"], int(item.get("busy", 0)), int(item.get("slots", 0))
            )
            for item in alive
        ]


def _key(job: str) -> Item:
    return {"pk": f"MAILBOX#{job}", "sk": _STATE}
