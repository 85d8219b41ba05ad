"""The events of a function's log group, read page by page. On AWS reading costs nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.console.counter import Counter
from scripts.console.progress import Failure
from scripts.stack.connection import DeployedStack

# Events in a page of FilterLogEvents (CloudWatch Logs API reference).
PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """`at` in epoch seconds."""

    at: float
    message: str


def read(
    deployed: DeployedStack, *, since: float, until: float, pattern: str = ""
) -> Iterator[Event]:
    """What was logged between two epoch seconds, oldest first. `pattern` is CloudWatch's and only
    saves time: the emulator ignores it and gives every line, so the caller filters again. Raises
    Failure when there is no such group."""
    deploy = f"run make deploy{deployed.target.words}"
    if not (group := deployed.outputs.get("log_group")):
        raise Failure(f"This stack is older than its log: {deploy}.")
    client, counter = deployed.client("logs"), Counter("Read", things="lines of the log")
    span = {"startTime": int(since * 1000), "endTime": int(until * 1000)}
    filters = {"filterPattern": pattern} if pattern else {}
    try:
        for page in _pages(client, {"logGroupName": group, **span, **filters}):
            counter.step(len(page))
            for event in page:
                yield Event(event["timestamp"] / 1000, event["message"])
    except client.exceptions.ResourceNotFoundException as error:
        raise Failure(f"The log group {group} is gone: {deploy}, which makes it again.") from error
    finally:
        counter.clear()


def _pages(client: Any, request: dict) -> Iterator[list[dict]]:
    """AWS names each next page by a token, also after an empty one. The emulator cuts at a page
    without a token, so the rest is requested by time; the last millisecond comes twice then, and
    what was seen of it is left out."""
    seen: set[tuple[str, str]] = set()
    token: dict = {}
    while True:
        answer = client.filter_log_events(**request, **token)
        events = answer["events"]
        yield [event for event in events if _key(event) not in seen]
        if "nextToken" in answer:
            token = {"nextToken": answer["nextToken"]}
            continue
        if len(events) < PAGE or events[-1]["timestamp"] == request["startTime"]:
            return
        token, last = {}, events[-1]["timestamp"]
        seen = {_key(event) for event in events if event["timestamp"] == last}
        request = request | {"startTime": last}


def _key(event: dict) -> tuple[str, str]:
    return event["logStreamName"], event["message"]
