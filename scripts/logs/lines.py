"""The log's lines as values: the function's own (docs/architecture.md has their fields), and
Lambda's report of an invocation. Other lines, such as the emulator's START and END, are dropped."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scripts.logs.events import Event

# CloudWatch's filter for all of them.
PATTERN = '{ ($.event = *) || ($.type = "platform.report") || ($.level = "ERROR") }'

# More than anything that a line counts; infinity and NaN are not below it either.
LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class LogLine:
    """`at` in epoch seconds; `event` is the function's word for it, or `report` or `runtime` for
    Lambda's own."""

    at: float
    event: str
    fields: Mapping

    def text(self, *names: str) -> str:
        """Those of the fields that are there, fit for a terminal."""
        values = (self.fields.get(name) for name in names)
        words = [printable(str(value)) for value in values if value is not None]
        return " ".join(word for word in words if word)

    def number(self, name: str) -> float | None:
        value = self.fields.get(name)
        return value if is_number(value) else None

    def fallbacks(self) -> Iterator[tuple[str, str]]:
        """The models that were tried before the one that answered, and why each did not."""
        found = self.fields.get("fallbacks")
        for one in found if isinstance(found, list) else []:
            if isinstance(one, list) and len(one) == 2:
                yield printable(str(one[0])), printable(str(one[1]))


def parsed(events: Iterable[Event]) -> Iterator[LogLine]:
    for event in events:
        try:
            fields = json.loads(event.message)
        except ValueError:
            continue
        if isinstance(fields, dict) and (line := _line(event.at, fields)):
            yield line


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def printable(text: str) -> str:
    """Without what a terminal would obey instead of show: parts of a line may come from outside."""
    return "".join(character if character.isprintable() else " " for character in text)


def _line(at: float, fields: dict) -> LogLine | None:
    if isinstance(fields.get("event"), str):
        return LogLine(at, fields["event"], fields)
    if fields.get("type") == "platform.report" and isinstance(record := fields.get("record"), dict):
        metrics = record.get("metrics")
        names = {"request_id": "requestId", "status": "status", "code": "errorType"}
        named = {name: record.get(given) for name, given in names.items()}
        return LogLine(at, "report", (metrics if isinstance(metrics, dict) else {}) | named)
    if fields.get("level") == "ERROR":
        # Python's runtime, when the package does not start.
        names = {"request_id": "requestId", "code": "errorType", "error": "errorMessage"}
        return LogLine(at, "runtime", {name: fields.get(given) for name, given in names.items()})
    return None
