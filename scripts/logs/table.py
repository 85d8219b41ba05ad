"""The numbers of a day as a table for a terminal, each with its graph of 24 hours."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scripts.console.formats import counted, seconds, usd
from scripts.logs.day import Day
from scripts.logs.samples import HOURS, NOTHING, Samples, spark

FROM = "24 h ago"


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    value: str
    graph: str
    more: str = ""


def table(day: Day, *, emulated: bool) -> Iterator[str]:
    """The emulator reports no memory."""
    errors, graph = day.errors.count, spark(day.errors.by_hour("Sum"))
    logged = Row("errors", f"{errors:,}", graph, "in the log" if errors else "")
    rows = [*_replies(day), *_times(day), _cost(day), logged, _memory(day, emulated)]
    name, value = max(len(row.name) for row in rows), max(len(row.value) for row in rows)
    yield f"{'':<{name}}  {'':>{value}}  {FROM}{'now':>{HOURS - len(FROM)}}"
    for row in rows:
        yield f"{row.name:<{name}}  {row.value:>{value}}  {row.graph}  {row.more}".rstrip()


def _replies(day: Day) -> Iterator[Row]:
    failed, refused = day.metrics["Failed"], day.metrics["Refused"]
    more = f"{counted(len(day.guests_today), 'guest')} today"
    calls = counted(day.calls.count, "HTTP call")
    graph = spark(failed.by_hour("SampleCount"))
    yield Row("replies", f"{failed.count:,}", graph, f"{more}, {calls}")
    graph = spark(refused.by_hour("Sum"))
    yield Row("refused", f"{_sum(refused):,.0f}", graph, _codes(day.refused))
    yield _share("failed", failed, _codes(day.failed) or "of the replies")
    for backend, samples in sorted(day.available.items()):
        more = f"of {counted(samples.count, 'reply or probe', 'replies and probes')}"
        yield _share("availability", samples, f"{backend}: the first choice answered, {more}")
    if not day.available:
        more = "neither a reply nor a probe: the model was off"
        yield _share("availability", day.metrics["Availability"], more)


def _times(day: Day) -> Iterator[Row]:
    for name, metric in (("first words", "FirstDelta"), ("whole reply", "ReplyTime")):
        samples = day.metrics[metric]
        mean, p50, p95 = (
            _shown(samples.over_all(statistic), seconds) for statistic in ("Average", "p50", "p95")
        )
        more = f"mean; p50 {p50}, p95 {p95}" if samples.count else ""
        yield Row(name, mean, spark(samples.by_hour("Average")), more)


def _cost(day: Day) -> Row:
    cost = day.metrics["Cost"]
    read, written = _sum(day.metrics["InputTokens"]), _sum(day.metrics["OutputTokens"])
    tokens = f"tokens: {read:,.0f} in, {written:,.0f} out"
    return Row("cost", usd(_sum(cost)), spark(cost.by_hour("Sum")), tokens)


def _memory(day: Day, emulated: bool) -> Row:
    mean, most = day.memory.over_all("Average"), day.memory.over_all("Maximum")
    if mean is None:
        why = "not told by the emulator" if emulated else "no invocation was reported"
        return Row("memory", "–", NOTHING * HOURS, why)
    size = f"of {day.memory_size:.0f} MB; " if day.memory_size else ""
    graph = spark(day.memory.by_hour("Maximum"), day.memory_size)
    return Row("memory", f"{most:.0f} MB", graph, f"most, {size}mean {mean:.0f} MB")


def _sum(samples: Samples) -> float:
    return samples.over_all("Sum") or 0


def _share(name: str, samples: Samples, more: str) -> Row:
    mean, graph = samples.over_all("Average"), spark(samples.by_hour("Average"), 1)
    return Row(name, _shown(mean, _percent), graph, more)


def _codes(codes: Counter[str]) -> str:
    return ", ".join(f"{code} {count}" for code, count in codes.most_common())


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


def _shown(value: float | None, format_: Callable[[float], str]) -> str:
    return "–" if value is None else format_(value)
