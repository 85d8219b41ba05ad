"""A metric's samples of the last 24 hours: their statistics, which are CloudWatch's, and a graph of
one character an hour."""

from collections.abc import Callable, Sequence
from statistics import fmean, median, quantiles

HOURS = 24
HOUR = 3600
NOTHING = "·"
_BLOCKS = "▁▂▃▄▅▆▇█"
Statistic = Callable[[Sequence[float]], float]


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


# By the names that a widget has for them (terraform/modules/watch/widgets.tf). CloudWatch's
# percentiles, too, interpolate between the two nearest samples.
STATISTICS: dict[str, Statistic] = {
    "Sum": sum,
    "Average": fmean,
    "Maximum": max,
    "SampleCount": len,
    "p50": median,
    "p95": _p95,
}


class Samples:
    """One metric in the 24 hours before `now` (epoch seconds)."""

    def __init__(self, now: float):
        self._now = now
        self._hours: list[list[float]] = [[] for _ in range(HOURS)]

    def add(self, at: float, value: float | None) -> None:
        """None and samples older than a day are ignored."""
        hour = hour_of(at, self._now)
        if value is not None and hour is not None:
            self._hours[hour].append(value)

    @property
    def count(self) -> int:
        return sum(map(len, self._hours))

    def over_all(self, statistic: str) -> float | None:
        """None without a sample."""
        values = [value for hour in self._hours for value in hour]
        return STATISTICS[statistic](values) if values else None

    def by_hour(self, statistic: str) -> list[float | None]:
        """None for an hour without a sample."""
        return [STATISTICS[statistic](values) if values else None for values in self._hours]


def hour_of(at: float, now: float) -> int | None:
    """Which of the 24 hours before `now` a moment lies in, 23 being the last; None outside of them.
    Both in epoch seconds."""
    ago = int((now - at) // HOUR)
    return HOURS - 1 - ago if 0 <= ago < HOURS else None


def spark(values: Sequence[float | None], top: float | None = None) -> str:
    """One character a value: a dot for None, the lowest block for 0, the full one for `top`, which
    by default is the largest value."""
    largest = max((value for value in values if value is not None), default=0)
    highest = (largest if top is None else top) or 1
    return "".join(NOTHING if value is None else _block(value / highest) for value in values)


def _block(share: float) -> str:
    """Any share above 0 is drawn higher than 0 is."""
    highest = len(_BLOCKS) - 1
    return _BLOCKS[max(1, min(highest, round(share * highest))) if share > 0 else 0]
