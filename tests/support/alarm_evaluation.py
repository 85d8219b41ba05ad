"""CloudWatch's evaluation of one planned alarm, on data: the emulator knows neither missing data
nor several periods.

"Using Amazon CloudWatch alarms" in the CloudWatch User Guide: the last so many periods, each one's
statistic against the threshold; what has no data counts as the alarm says."""

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

_COMPARED = {"GreaterThanThreshold": operator.gt, "GreaterThanOrEqualToThreshold": operator.ge}
_STATISTICS = {"Sum": sum, "Average": fmean, "Maximum": max, "SampleCount": len}


@dataclass(frozen=True)
class Alarm:
    """A planned alarm."""

    planned: Mapping

    def state(self, samples: Iterable[tuple[float, float]], now: float) -> str:
        """ALARM or OK at `now`, by samples of (seconds, value)."""
        planned, samples = self.planned, list(samples)
        periods, period = planned["evaluation_periods"], planned["period"]
        breaching = 0
        for n in range(periods):
            end = now - n * period
            values = [value for time, value in samples if end - period < time <= end]
            breaching += self._breaches(values)
        return "ALARM" if breaching >= (planned["datapoints_to_alarm"] or periods) else "OK"

    def _breaches(self, values: list[float]) -> bool:
        if not values:
            return {"notBreaching": False, "breaching": True}[self.planned["treat_missing_data"]]
        return _COMPARED[self.planned["comparison_operator"]](
            self._statistic(values), self.planned["threshold"]
        )

    def _statistic(self, values: list[float]) -> float:
        if percent := self.planned["extended_statistic"]:
            return _percentile(values, float(percent.removeprefix("p")))
        return _STATISTICS[self.planned["statistic"]](values)


def _percentile(values: list[float], percent: float) -> float:
    """Between the two nearest ranks."""
    ordered, rank = sorted(values), percent / 100 * (len(values) - 1)
    low = int(rank)
    high = min(low + 1, len(values) - 1)
    return ordered[low] + (rank - low) * (ordered[high] - ordered[low])
