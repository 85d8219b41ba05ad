"""What CloudWatch counts, written into the log line of what happened: the embedded metric format,
which CloudWatch reads out of the log, so that a metric takes no call and no time of its own.

Format: CloudWatch user guide, "Specification: Embedded metric format". A library of AWS's own
(Powertools) takes longer to import than the rest of the handler's modules together; this is 30
lines."""

import time

from handler.telemetry.metric_names import BACKEND, METRICS, NAMESPACE, STACK


class Metrics:
    """The metrics of one stack."""

    def __init__(self, stack: str):
        self._stack = stack

    def __call__(self, *, backend: str = "", **values: float | None) -> dict:
        """The fields that feed these metrics (named in `handler.telemetry.metric_names`), for
        `log`; those that are None are left out."""
        values = {name: value for name, value in values.items() if value is not None}
        if not values:
            return {}
        by_dimensions: dict[tuple[str, ...], list[dict]] = {}
        for name in values:
            unit, dimensions = METRICS[name]
            by_dimensions.setdefault(dimensions, []).append({"Name": name, "Unit": unit})
        directives = [
            {"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": metrics}
            for dimensions, metrics in by_dimensions.items()
        ]
        told = {STACK: self._stack} | (
            {BACKEND: backend} if any(BACKEND in dimensions for dimensions in by_dimensions) else {}
        )
        return (
            {"_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": directives}}
            | told
            | values
        )
