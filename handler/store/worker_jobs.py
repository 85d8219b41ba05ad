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
    """`beat` changes while the worker lives; `end` is its last write, with the count of parts."""

    taken: bool = False
    beat: int = 0
    end: Item | None = None


class WorkerJobs:
    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, job: str, *, now: float) -> None:
        """Makes room for a job's reply, before it is sent."""
        self._table.put_item(Item=_key(job) | {"take": 1, "ttl": int(now) + _KEPT})

    def stop(self, job: str) -> None:
        """Has the worker that has the job, or will, leave it."""
        Update.setting(_key(job), {"stop": True}).apply(self._table)

    def pass_on(self, job: str, take: int) -> bool:
        """Takes a job from its silent worker, so that it may be sent again as the next `take`.
        False if that was done before."""
        values = {":take": take, ":next": take + 1}
        update = Update(_key(job), "SET take = :next REMOVE worker, beat", values, "take = :take")
        return update.apply(self._table) is not None

    def read(self, job: str, take: int, seen: int) -> tuple[list[str], WorkerJob]:
        """The parts after the first `seen` ones, and the state, which sorts after them."""
        new = Key("sk").between(f"PART#{take}#{seen:06d}", _STATE)
        items = list(every(self._table, Key("pk").eq(f"MAILBOX#{job}") & new))
        parts = [item["text"] for item in items if item["sk"].startswith(f"PART#{take}#")]
        state = next((item for item in items if item["sk"] == _STATE), {})
        return parts, WorkerJob("worker" in state, int(state.get("beat", 0)), state.get("end"))

    def worker_states(self, *, now: float) -> set[str]:
        """Of the workers whose heartbeat is recent: booting, downloading, loading, ready, stopping,
        ended or failed."""
        items = every(self._table, Key("pk").eq("MAILBOX#WORKERS"))
        return {item["state"] for item in items if int(item["beat"]) >= now - _ALIVE}


def _key(job: str) -> Item:
    return {"pk": f"MAILBOX#{job}", "sk": _STATE}
