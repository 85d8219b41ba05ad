"""The numbers of a day as a table for a terminal, each with its graph of 24 hours."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.console.formats import counted, seconds, usd
from scripts.logs.day import Day
from scripts.logs.graph import HOURS, NOTHING, spark
from scripts.logs.samples import Samples

FROM = "24 h ago"


@dataclass(frozen=True, slots=True)
class Row:
    """One number: what it is, its value, its graph and what belongs to it."""

    name: str
    value: str
    graph: str
    more: str = ""


def table(day: Day, *, emulated: bool) -> Iterator[str]:
    """The lines of the table; in the emulator Lambda tells of no memory."""
    rows = [*_replies(day), *_times(day), *_amounts(day), *_health(day, emulated)]
    name, value = max(len(row.name) for row in rows), max(len(row.value) for row in rows)
    yield f"{'':<{name}}  {'':>{value}}  {FROM}{'now':>{HOURS - len(FROM)}}"
    for row in rows:
        yield f"{row.name:<{name}}  {row.value:>{value}}  {row.graph}  {row.more}".rstrip()


def _replies(day: Day) -> Iterator[Row]:
    failed, refused = day.metrics["Failed"], day.metrics["Refused"]
    calls = counted(day.calls.count, "HTTP call")
    yield Row(
        "replies",
        f"{failed.count:,}",
        spark(failed.by_hour("SampleCount")),
        f"{counted(len(day.guests_today), 'guest')} today, {calls}",
    )
    yield Row(
        "refused",
        f"{refused.over_all('Sum') or 0:,.0f}",
        spark(refused.by_hour("Sum")),
        _codes(day.refused),
    )
    yield _share("failed", failed, _codes(day.failed) or "of the replies")
    for backend, samples in sorted(day.available.items()):
        more = f"of {counted(samples.count, 'reply or probe', 'replies and probes')}"
        yield _share("availability", samples, f"{backend}: the first choice answered, {more}")
    if not day.available:
        yield _share(
            "availability",
            day.metrics["Availability"],
            "neither a reply nor a probe: the model was off",
        )


def _times(day: Day) -> Iterator[Row]:
    for name, metric in (("first words", "FirstDelta"), ("whole reply", "ReplyTime")):
        samples = day.metrics[metric]
        told = {
            statistic: _or_none(samples.over_all(statistic), seconds)
            for statistic in ("Average", "p50", "p95")
        }
        more = f"mean; p50 {told['p50']}, p95 {told['p95']}" if samples.count else ""
        yield Row(name, told["Average"], spark(samples.by_hour("Average")), more)


def _amounts(day: Day) -> Iterator[Row]:
    cost, given, taken = (
        day.metrics["Cost"],
        day.metrics["InputTokens"],
        day.metrics["OutputTokens"],
    )
    tokens = f"tokens: {given.over_all('Sum') or 0:,.0f} in, {taken.over_all('Sum') or 0:,.0f} out"
    yield Row("cost", usd(cost.over_all("Sum") or 0), spark(cost.by_hour("Sum")), tokens)


def _health(day: Day, emulated: bool) -> Iterator[Row]:
    yield Row(
        "errors",
        f"{day.errors.count:,}",
        spark(day.errors.by_hour("Sum")),
        "in the log" if day.errors.count else "",
    )
    memory = day.memory
    if not memory.count:
        yield Row(
            "memory",
            "–",
            NOTHING * HOURS,
            "not told by the emulator" if emulated else "no invocation was reported",
        )
        return
    mean = f"mean {memory.over_all('Average'):.0f} MB"
    size = f"of {day.memory_size:.0f} MB; " if day.memory_size else ""
    yield Row(
        "memory",
        f"{memory.over_all('Maximum'):.0f} MB",
        spark(memory.by_hour("Maximum"), day.memory_size),
        f"most, {size}{mean}",
    )


def _share(name: str, samples: Samples, more: str) -> Row:
    return Row(
        name,
        _or_none(samples.over_all("Average"), _percent),
        spark(samples.by_hour("Average"), 1),
        more,
    )


def _codes(codes: Counter[str]) -> str:
    return ", ".join(f"{code} {count}" for code, count in codes.most_common())


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


def _or_none(value: float | None, shown) -> str:
    return "–" if value is None else shown(value)
