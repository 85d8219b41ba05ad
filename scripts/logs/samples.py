"""CloudWatch's statistics of samples: as the dashboard draws them, over all samples and hour by
hour."""

from collections.abc import Callable, Sequence
from statistics import fmean

from scripts.logs.graph import HOURS, hour_of

Statistic = Callable[[Sequence[float]], float]


def percentile(percent: float) -> Statistic:
    """The value that so many percent lie at or below, between the two nearest ranks."""

    def of(values: Sequence[float]) -> float:
        ordered, rank = sorted(values), percent / 100 * (len(values) - 1)
        low = int(rank)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (rank - low) * (ordered[high] - ordered[low])

    return of


# As a widget names them (terraform/modules/watch/widgets.tf).
STATISTICS: dict[str, Statistic] = {
    "Sum": sum,
    "Average": fmean,
    "Maximum": max,
    "SampleCount": len,
    "p50": percentile(50),
    "p95": percentile(95),
}


class Samples:
    """One metric's samples of the 24 hours before `now` (epoch seconds)."""

    def __init__(self, now: float):
        self._now = now
        self._hours: list[list[float]] = [[] for _ in range(HOURS)]

    def add(self, at: float, value: float | None) -> None:
        """Take a sample in; None, and what is older than a day, is none."""
        hour = hour_of(at, self._now)
        if value is not None and hour is not None:
            self._hours[hour].append(value)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(map(len, self._hours))

    def over_all(self, name: str) -> float | None:
        """The statistic of that name over the day; None without a sample."""
        values = [value for hour in self._hours for value in hour]
        return STATISTICS[name](values) if values else None

    def by_hour(self, name: str) -> list[float | None]:
        """The statistic of that name, hour by hour; None for an hour without a sample."""
        return [STATISTICS[name](values) if values else None for values in self._hours]
