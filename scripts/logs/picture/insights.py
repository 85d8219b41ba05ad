"""What the dashboard's queries use of CloudWatch Logs Insights, on lines already read: the emulator's knows no statistics.

CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax".
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from statistics import fmean

from scripts.logs.lines import Line

Row = dict[str, object]
_STATISTIC = re.compile(r"(\w+)\(([\w.@*]+)\)(?: as (\w+))?")
_BIN = re.compile(r"bin\((\d+)([hd])\)")
_EQUALS, _PRESENT = re.compile(r'([\w.@]+) = "([^"]*)"'), re.compile(r"ispresent\(([\w.@]+)\)")
_OF: dict[str, Callable[[list], object]] = {
    "sum": sum,
    "avg": fmean,
    "max": max,
    "count": len,
    "count_distinct": lambda values: len(set(values)),
}


def answer(query: str, lines: Iterable[Line]) -> list[Row]:
    """The rows that a query gives, in order. Raises ValueError for what none of them uses."""
    rows: list[Row] = [{"@timestamp": _stamp(line.at), "@at": line.at, **line.fields} for line in lines]
    shown: list[str] | None = None
    for command in (part.strip() for part in query.strip().split("|")):
        name, _, rest = command.partition(" ")
        match name:
            case "SOURCE":
                continue
            case "fields":
                shown = [field.strip() for field in rest.split(",")]
            case "filter":
                rows = [row for row in rows if all(_holds(condition, row) for condition in rest.split(" and "))]
            case "stats":
                rows = list(_stats(rest, rows))
            case "sort":
                field, _, order = rest.partition(" ")
                known = [row for row in rows if row.get(field) is not None]
                rows = sorted(known, key=lambda row: row[field], reverse=order == "desc") + [row for row in rows if row not in known]
            case "limit":
                rows = rows[: int(rest)]
            case _:
                raise ValueError(f"{command!r} is no command that the dashboard uses")
    return [{field: row[field] for field in shown if field in row} for row in rows] if shown else rows


def _holds(condition: str, row: Row) -> bool:
    if found := _EQUALS.fullmatch(condition.strip()):
        return row.get(found[1]) == found[2]
    if found := _PRESENT.fullmatch(condition.strip()):
        return row.get(found[1]) is not None
    raise ValueError(f"{condition!r} is no condition that the dashboard uses")


def _stats(rest: str, rows: list[Row]) -> Iterator[Row]:
    wanted, _, by = rest.partition(" by ")
    groups: dict[object, list[Row]] = {}
    for row in rows:
        groups.setdefault(_group(by, row), []).append(row)
    for group, members in groups.items():
        row: Row = {by: group}
        for statistic, field, name in _STATISTIC.findall(wanted):
            values = [member[field] for member in members if member.get(field) is not None] if field != "*" else members
            row[name or f"{statistic}({field})"] = _OF[statistic](values) if values else None
        yield row


def _group(by: str, row: Row) -> object:
    if found := _BIN.fullmatch(by):
        seconds = int(found[1]) * {"h": 3_600, "d": 86_400}[found[2]]
        return _stamp(row["@at"] // seconds * seconds)
    return row.get(by)


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
