"""Where a widget's numbers come from."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from handler.telemetry.metric_names import NAMESPACE
from scripts.logs.lines import Line, is_number
from scripts.logs.samples import STATISTICS

# Period's begin in epoch seconds -> value; a period without a sample is not there.
Series = dict[float, float]
# Namespace, name, and the dimensions as sorted pairs.
Key = tuple[str, str, tuple[tuple[str, str], ...]]

# Terraform's metric filters on Lambda's report (terraform/modules/watch/metrics.tf): the field that each takes.
_REPORTED = {"MemoryUsed": "maxMemoryUsedMB", "StartUp": "initDurationMs"}


class Metrics:
    """The samples that the lines carry, and AWS's own metrics from `cloudwatch`."""

    def __init__(self, lines: Iterable[Line], stack: str, cloudwatch):
        self._cloudwatch = cloudwatch
        self._samples: dict[Key, list[tuple[float, float]]] = defaultdict(list)
        for line in lines:
            for key, value in [*embedded(line), *_reported(line, stack)]:
                self._samples[key].append((line.at, value))

    def series(
        self, namespace: str, name: str, dimensions: Mapping[str, str], *, stat: str, period: int, begin: float, end: float
    ) -> Series:
        """One statistic of a metric, period by period."""
        if namespace.startswith("AWS/"):
            return self._ask(namespace, name, dimensions, stat, period, begin, end)
        by_period: dict[float, list[float]] = defaultdict(list)
        for at, value in self._samples.get((namespace, name, tuple(sorted(dimensions.items()))), []):
            if begin <= at <= end:
                by_period[at // period * period].append(value)
        return {start: STATISTICS[stat](values) for start, values in sorted(by_period.items())}

    def _ask(self, namespace: str, name: str, dimensions: Mapping, stat: str, period: int, begin: float, end: float) -> Series:
        answer = self._cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=datetime.fromtimestamp(begin, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
            Period=period,
            Statistics=[stat],
        )
        return {point["Timestamp"].timestamp(): point[stat] for point in sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])}


def embedded(line: Line) -> Iterator[tuple[Key, float]]:
    """The metrics that CloudWatch reads out of a line ("Specification: Embedded metric format", CloudWatch User Guide)."""
    for directive in (line.fields.get("_aws") or {}).get("CloudWatchMetrics", ()):
        for names in directive["Dimensions"]:
            dimensions = tuple(sorted((name, line.fields[name]) for name in names))
            for metric in directive["Metrics"]:
                yield (directive["Namespace"], metric["Name"], dimensions), line.fields[metric["Name"]]


def _reported(line: Line, stack: str) -> Iterator[tuple[Key, float]]:
    for name, field in _REPORTED.items():
        if line.event == "report" and is_number(value := line.fields.get(field)):
            yield (f"{NAMESPACE}/{stack}", name, ()), value
