"""Terraform's plan of the default stack, made offline, and what of it decides the bill."""

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handler.telemetry.metrics import METRICS
from scripts.console.progress import Failure
from scripts.terraform import cli
from scripts.workspace import paths

# A run of Terraform's own tests that plans the whole stack with the real provider and no account.
TEST, RUN = "provider.tftest.hcl", "defaults_make_a_plan"
# Planned resources by address.
Plan = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Throttle:
    """What API Gateway lets through: `rate` a second for good, and `burst` once."""

    rate: float
    burst: int

    def a_day(self) -> float:
        """The most requests of a day."""
        return self.rate * 86_400 + self.burst


@dataclass(frozen=True, slots=True)
class PlannedLimits:
    """What decides the bill: throttles, memory, and how much watches over it. A stage's default
    counts for each of its routes by itself, so every route has its own throttle."""

    http: tuple[Throttle, ...]
    connect: Throttle
    frames: tuple[Throttle, ...]
    memory_gb: float
    metrics: int = 0
    alarms: int = 0
    dashboards: int = 0

    @classmethod
    def of(cls, planned: Plan) -> "PlannedLimits":
        http, socket = _throttles(planned, "http"), _throttles(planned, "websocket")
        connect = socket.pop("$connect")
        memory = planned["module.function.aws_lambda_function.this"]["memory_size"]
        kinds = Counter(address.split("[")[0].split(".")[-2] for address in planned)
        return cls(
            tuple(http.values()),
            connect,
            tuple(socket.values()),
            memory / 1024,
            metrics=len(METRICS) + kinds["aws_cloudwatch_log_metric_filter"],
            alarms=kinds["aws_cloudwatch_metric_alarm"],
            dashboards=kinds["aws_cloudwatch_dashboard"],
        )


def _throttles(planned: Plan, api: str) -> dict[str, Throttle]:
    """By route."""
    stage = planned[f"module.api.aws_apigatewayv2_stage.{api}"]
    (default,) = stage["default_route_settings"]
    own = {settings["route_key"]: settings for settings in stage["route_settings"]}
    found = {}
    for address, route in planned.items():
        if f"aws_apigatewayv2_route.{api}[" in address:
            given = own.get(key := route["route_key"], default)
            rate, burst = given["throttling_rate_limit"], given["throttling_burst_limit"]
            found[key] = Throttle(rate, burst)
    return found


def planned() -> Plan:
    """The resources of the default stack by address. Raises Failure."""
    with tempfile.TemporaryDirectory() as folder:
        env = cli.offline(folder)

        def run(*words: str) -> str:
            command = [cli.binary(), *words]
            done = subprocess.run(
                command, cwd=paths.TERRAFORM, env=env, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise Failure(f"Terraform could not plan the stack:\n{done.stdout}{done.stderr}")
            return done.stdout

        run("init", "-backend=false", "-input=false", "-lockfile=readonly", *cli.mirror_options())
        for line in run("test", "-json", "-verbose", f"-filter=tests/{TEST}").splitlines():
            event = json.loads(line)
            if event["type"] == "test_plan" and event.get("@testrun") == RUN:
                changes = event["test_plan"]["resource_changes"]
                return {change["address"]: change["change"]["after"] for change in changes}
    raise Failure(f"{TEST} has no run {RUN}.")
