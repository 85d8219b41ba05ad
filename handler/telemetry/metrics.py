"""The function's own metrics, written into the log line of what happened: the embedded metric
format (CloudWatch user guide, "Specification: Embedded metric format"), which CloudWatch reads out
of the log, so that a metric takes no call and no time of its own. AWS's library for it (Powertools)
takes longer to import than all of the handler's modules.

AWS gives ten custom metrics for nothing, and each set of dimension values is one. These are eight,
as one backend answers at a time; Terraform's two metric filters (memory and start-up) make ten.
Terraform's dashboard and alarms name the same ones, and a test holds them against this table."""

import time
from typing import Any

NAMESPACE = "ForeverUs"
STACK, BACKEND = "Stack", "Backend"

# By name: CloudWatch's unit, and the dimensions.
METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    # 0 or 1 for each requested reply: the samples are the replies, the mean is the share that
    # failed.
    "Failed": ("Count", (STACK,)),
    # From the question to the first words, and to the last.
    "FirstDelta": ("Milliseconds", (STACK,)),
    "ReplyTime": ("Milliseconds", (STACK,)),
    "InputTokens": ("Count", (STACK,)),
    "OutputTokens": ("Count", (STACK,)),
    # US dollars, a unit that CloudWatch does not know.
    "Cost": ("None", (STACK,)),
    # 0 or 1: whether the first model answered, called by a guest's turn or by the probe.
    "Availability": ("Count", (STACK, BACKEND)),
    # 1 for each call that admission refused.
    "Refused": ("Count", (STACK,)),
}


class Metrics:
    """The metrics of one stack."""

    def __init__(self, stack: str) -> None:
        self._stack = stack

    def __call__(self, *, backend: str = "", **values: float | None) -> dict[str, Any]:
        """The log fields that feed these metrics; those that are None are left out."""
        counted = {name: value for name, value in values.items() if value is not None}
        if not counted:
            return {}
        by_dimensions: dict[tuple[str, ...], list[dict[str, str]]] = {}
        for name in counted:
            unit, dimensions = METRICS[name]
            by_dimensions.setdefault(dimensions, []).append({"Name": name, "Unit": unit})
        directives = [
            {"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": metrics}
            for dimensions, metrics in by_dimensions.items()
        ]
        fields = {
            "_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": directives},
            STACK: self._stack,
        }
        if any(BACKEND in dimensions for dimensions in by_dimensions):
            fields[BACKEND] = backend
        return fields | counted
