"""Lines of the log as values: the function's own (docs/architecture.md has their fields), and
Lambda's report of an invocation.

What else a group holds, such as the emulator's START and END, is nothing to show."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scripts.logs.events import Event

# What CloudWatch is asked for when everything below is wanted.
PATTERN = '{ ($.event = *) || ($.type = "platform.report") || ($.level = "ERROR") }'

# More than anything that a line counts; infinity and what is no number are not below it either.
LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line; `at` in epoch seconds, `event` is the function's word for it, or `report` or
    `runtime` for Lambda's own."""

    at: float
    event: str
    fields: Mapping

    def text(self, name: str) -> str:
        """A field for a person's terminal; empty when it is not there."""
        value = self.fields.get(name)
        return "" if value is None else plain(str(value))

    def number(self, name: str) -> float | None:
        """A field that is a number; None when it is not there or something else."""
        value = self.fields.get(name)
        return value if is_number(value) else None


def parsed(events: Iterable[Event]) -> Iterator[LogLine]:
    """The lines among the events, in order."""
    for event in events:
        try:
            fields = json.loads(event.message)
        except ValueError:
            continue
        if isinstance(fields, dict) and (line := _line(event.at, fields)):
            yield line


def is_number(value: object) -> bool:
    """Whether a field's value is a number that can be reckoned with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def plain(text: str) -> str:
    """Without what a terminal would obey instead of show: parts of a line may come from outside."""
    return "".join(character if character.isprintable() else " " for character in text)


def _line(at: float, fields: dict) -> LogLine | None:
    if isinstance(fields.get("event"), str):
        return LogLine(at, fields["event"], fields)
    if fields.get("type") == "platform.report" and isinstance(record := fields.get("record"), dict):
        metrics = record.get("metrics")
        named = {
            "request_id": record.get("requestId"),
            "status": record.get("status"),
            "code": record.get("errorType"),
        }
        return LogLine(at, "report", {**(metrics if isinstance(metrics, dict) else {}), **named})
    if fields.get("level") == "ERROR":
        # Python's runtime itself, when the package does not start; the message is its own.
        named = {
            "request_id": fields.get("requestId"),
            "code": fields.get("errorType"),
            "error": fields.get("errorMessage"),
        }
        return LogLine(at, "runtime", named)
    return None
