"""Workers as operators see them: which there are, their state, and the wait until one is ready."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import Key

from scripts.console.formats import minute
from scripts.console.progress import Failure, Steps
from scripts.worker.heartbeat import ENDED, FAILED, PARTITION, READY, STOPPING

ALIVE_SECONDS = 15  # after a heartbeat, of which there is one every 5 s
CHECK_SECONDS = 0.3
# A person reads a new state after 2 s, and the progress of a longer one every 10 s.
SAY_SECONDS, REPEAT_SECONDS = 2, 10


@dataclass(frozen=True, slots=True)
class Presence:
    """One worker. `beat` and `until` (the end of its lease) in epoch seconds, `percent` of what its
    state names."""

    id: str
    state: str
    beat: int
    busy: int
    slots: int
    model: str
    until: int
    detail: str | None
    percent: int | None
    alive: bool

    @classmethod
    def of(cls, item: Mapping, now: float) -> "Presence":
        state, beat = item["state"], int(item["beat"])
        return cls(
            id=item["sk"],
            state=state,
            model=item["model"],
            detail=item.get("detail"),
            percent=int(item["percent"]) if "percent" in item else None,
            alive=state not in (ENDED, FAILED) and now - beat < ALIVE_SECONDS,
            **{name: int(item[name]) for name in ("beat", "busy", "slots", "until")},
        )

    @property
    def shown(self) -> str:
        """The state in a word or two."""
        return self.state if self.percent is None else f"{self.state} {self.percent} %"

    def line(self, now: float) -> str:
        state = f"{self.shown}: {self.detail}" if self.detail else self.shown
        if self.alive:
            busy, lease = f"{self.busy} of {self.slots} busy", f"lease until {minute(self.until)}"
            return f"{self.id} {state}, {busy}, {lease}, {self.model}"
        if self.state in (ENDED, FAILED):
            return f"{self.id} {state}"
        return f"{self.id} fell silent {now - self.beat:.0f} s ago, when it was {state}"


def read(table: Any, now: float) -> list[Presence]:
    """All workers of the last hour, those alive first."""
    condition = Key("pk").eq(PARTITION)
    items = table.query(KeyConditionExpression=condition, ConsistentRead=True)["Items"]
    found = [Presence.of(item, now) for item in items if int(item["ttl"]) > now]
    return sorted(found, key=lambda worker: (not worker.alive, worker.id))


def forget(table: Any, worker: str) -> None:
    """Before another worker of the same name starts: the former one's state must not be taken for
    its own."""
    table.delete_item(Key={"pk": PARTITION, "sk": worker})


def wait_until_ready(
    table: Any, worker: str, *, seconds: float, steps: Steps, running: Callable[[], bool]
) -> Presence:
    """The worker once it is ready; its state meanwhile is shown beneath the step. Raises Failure
    when it has failed, is no longer `running`, or is not ready in that time."""
    began, shown = time.monotonic(), _Shown(steps)
    while True:
        has_ended = not running()  # checked first: its last state is written before it ends
        found = next((one for one in read(table, time.time()) if one.id == worker), None)
        if found and found.state == READY and found.alive:
            steps.note("")
            return found
        if found and found.state in (FAILED, ENDED, STOPPING):
            raise Failure(f"The worker {worker} {found.shown}: {found.detail}")
        if has_ended:
            raise Failure(f"The worker {worker} ended as it started.")
        if time.monotonic() - began > seconds:
            last = f"it was {found.shown if found else 'never heard of'}"
            raise Failure(f"The worker {worker} was not ready within {seconds:.0f} s; {last}.")
        shown.update(found)
        time.sleep(CHECK_SECONDS)


class _Shown:
    """Which state a person has last read, and when."""

    def __init__(self, steps: Steps):
        self._steps = steps
        self._began = time.monotonic()
        self._at = self._began
        self._state = ""

    def update(self, found: Presence | None) -> None:
        state, shown = (found.state, found.shown) if found else ("starting", "starting")
        self._steps.note(shown)
        now = time.monotonic()
        if now - self._at >= (SAY_SECONDS if state != self._state else REPEAT_SECONDS):
            self._steps.detail(f"{shown} ({now - self._began:.0f} s)")
            self._state = state
            self._at = now
