"""Workers as operators see them: who is there, how it is, and how long until it is ready."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from boto3.dynamodb.conditions import Key

from scripts.console.progress import Failure, Steps
from scripts.worker.heartbeat import ENDED, FAILED, PARTITION, READY, STOPPING

ALIVE_SECONDS = 15  # after a beat; it beats every 5 s
LOOK_SECONDS = 0.3
# A person reads that something goes on after 2 s, and a longer step's share every 10 s.
SAY_SECONDS, REPEAT_SECONDS = 2, 10


@dataclass(frozen=True, slots=True)
class Presence:
    """One worker. `beat` and `until` (the end of its lease) in epoch seconds, `percent` of what it
    is at."""

    id: str
    state: str
    beat: int
    busy: int
    slots: int
    model: str
    until: int
    alive: bool
    detail: str | None = None
    percent: int | None = None

    @property
    def at(self) -> str:
        """What it is at, in a word or two."""
        return f"{self.state} {self.percent} %" if self.percent is not None else self.state

    def line(self, now: float) -> str:
        """How it is, for a person."""
        why = f": {self.detail}" if self.detail else ""
        if not self.alive:
            over = self.state in (ENDED, FAILED)
            return (
                f"{self.id} {self.at}{why}"
                if over
                else f"{self.id} fell silent {now - self.beat:.0f} s ago, when it was {self.at}{why}"
            )
        end = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.until))
        return f"{self.id} {self.at}{why}, {self.busy} of {self.slots} busy, lease until {end}, {self.model}"


def read(table, now: float) -> list[Presence]:
    """All workers of the last hour, those alive first."""
    items = table.query(KeyConditionExpression=Key("pk").eq(PARTITION), ConsistentRead=True)[
        "Items"
    ]
    found = [_from(item, now) for item in items if int(item["ttl"]) > now]
    return sorted(found, key=lambda worker: (not worker.alive, worker.id))


def forget(table, worker: str) -> None:
    """Before another of the same name is started: what the last one showed must not be taken for
    its word."""
    table.delete_item(Key={"pk": PARTITION, "sk": worker})


def wait_until_ready(
    table, worker: str, *, seconds: float, steps: Steps, running: Callable[[], bool]
) -> Presence:
    """The worker once it is ready; what it is at meanwhile is told beneath the step. Raises Failure
    when it has failed, is no longer `running`, or is not ready in that time."""
    began, told = time.monotonic(), _Told(steps)
    while True:
        over = not running()  # asked first: its last word is written before it ends
        found = next((one for one in read(table, time.time()) if one.id == worker), None)
        if found and found.state == READY and found.alive:
            steps.note("")
            return found
        if found and found.state in (FAILED, ENDED, STOPPING):
            raise Failure(f"The worker {worker} {found.at}: {found.detail}")
        if over:
            raise Failure(f"The worker {worker} ended as it started.")
        if time.monotonic() - began > seconds:
            raise Failure(
                f"The worker {worker} was not ready within {seconds:.0f} s; it was {found.at if found else 'never heard of'}."
            )
        told.now(found)
        time.sleep(LOOK_SECONDS)


class _Told:
    """What a person has been told so far."""

    def __init__(self, steps: Steps):
        self._steps, self._began = steps, time.monotonic()
        self._state, self._last = "", time.monotonic()

    def now(self, found: Presence | None) -> None:
        state, at = (found.state, found.at) if found else ("starting", "starting")
        self._steps.note(at)
        waited = time.monotonic() - self._last
        if waited >= (SAY_SECONDS if state != self._state else REPEAT_SECONDS):
            self._steps.say(f"      {at} ({time.monotonic() - self._began:.0f} s)")
            self._state, self._last = state, time.monotonic()


def _from(item: dict, now: float) -> Presence:
    state, beat = item["state"], int(item["beat"])
    return Presence(
        id=item["sk"],
        state=state,
        beat=beat,
        busy=int(item["busy"]),
        slots=int(item["slots"]),
        model=item["model"],
        until=int(item["until"]),
        alive=state not in (ENDED, FAILED) and now - beat < ALIVE_SECONDS,
        detail=item.get("detail"),
        percent=int(item["percent"]) if "percent" in item else None,
    )
