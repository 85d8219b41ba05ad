"""The events of a function's log group, read page by page. Reading costs nothing on AWS but the
calls' time."""

from collections.abc import Iterator
from dataclasses import dataclass

from scripts.console.counter import Counter
from scripts.console.progress import Failure
from scripts.stack.connection import DeployedStack

# What FilterLogEvents gives at once (CloudWatch Logs API reference).
PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log; `at` in epoch seconds."""

    at: float
    message: str


def read(
    deployed: DeployedStack, *, since: float, until: float, pattern: str = ""
) -> Iterator[Event]:
    """What was logged between two epoch seconds, oldest first. `pattern` is CloudWatch's, which
    spares AWS's answers the rest; the emulator knows none and gives every line, so whoever asks
    looks at each all the same. Raises Failure when there is no such group."""
    if "log_group" not in deployed.outputs:
        raise Failure(f"This stack is older than its log: run make deploy{deployed.target.words}.")
    client, pace = deployed.client("logs"), Counter("Read", things="lines of the log")
    asked = {
        "logGroupName": deployed.outputs["log_group"],
        "startTime": int(since * 1000),
        "endTime": int(until * 1000),
    }
    if pattern:
        asked["filterPattern"] = pattern
    try:
        for page in _pages(client, asked):
            pace.step(len(page))
            for event in page:
                yield Event(event["timestamp"] / 1000, event["message"])
    except client.exceptions.ResourceNotFoundException as error:
        raise Failure(
            f"The log group {asked['logGroupName']} is gone: run make deploy{deployed.target.words}, which makes it again."
        ) from error
    finally:
        pace.clear()


def _pages(client, asked: dict) -> Iterator[list[dict]]:
    """AWS names each next page by a token, also after an empty one. The emulator cuts at a page
    without a token, so what follows is asked for by time; the last millisecond comes twice then,
    and what was seen of it is left out."""
    seen: set[tuple[str, str]] = set()
    while True:
        answer = client.filter_log_events(**asked)
        events = answer["events"]
        yield [event for event in events if _key(event) not in seen]
        if token := answer.get("nextToken"):
            asked = asked | {"nextToken": token}
            continue
        if len(events) < PAGE or events[-1]["timestamp"] == asked["startTime"]:
            return
        last = events[-1]["timestamp"]
        seen = {_key(event) for event in events if event["timestamp"] == last}
        asked = {name: value for name, value in asked.items() if name != "nextToken"} | {
            "startTime": last
        }


def _key(event: dict) -> tuple[str, str]:
    return event["logStreamName"], event["message"]
