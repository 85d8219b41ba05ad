"""Terraform's plan of the stack with its defaults, made offline, and what of it decides the bill."""

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from handler.telemetry.metrics import METRICS
from scripts.console.progress import Failure
from scripts.terraform import cli
from scripts.workspace import paths

# A run of Terraform's own tests that plans the whole stack with the real provider and no account.
TEST, RUN = "provider.tftest.hcl", "defaults_make_a_plan"


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
    def of(cls, planned: Mapping[str, Mapping]) -> "PlannedLimits":
        """From a plan's resources by address."""
        http, socket = _throttles(planned, "http"), _throttles(planned, "websocket")
        connect = socket.pop("$connect")
        memory = planned["module.function.aws_lambda_function.this"]["memory_size"]
        kinds = Counter(address.split("[")[0].split(".")[-2] for address in planned)
        filters, alarms, dashboards = (
            kinds[f"aws_cloudwatch_{kind}"]
            for kind in ("log_metric_filter", "metric_alarm", "dashboard")
        )
        watched = (len(METRICS) + filters, alarms, dashboards)
        return cls(tuple(http.values()), connect, tuple(socket.values()), memory / 1024, *watched)


def _throttles(planned: Mapping[str, Mapping], api: str) -> dict[str, Throttle]:
    stage = planned[f"module.api.aws_apigatewayv2_stage.{api}"]
    (default,) = stage["default_route_settings"]
    own = {settings["route_key"]: settings for settings in stage["route_settings"]}
    routes = [
        planned[address]["route_key"]
        for address in planned
        if f"aws_apigatewayv2_route.{api}[" in address
    ]
    settings = {route: own.get(route, default) for route in routes}
    return {
        route: Throttle(s["throttling_rate_limit"], s["throttling_burst_limit"])
        for route, s in settings.items()
    }


def planned() -> dict[str, dict]:
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
            said = json.loads(line)
            if said["type"] == "test_plan" and said.get("@testrun") == RUN:
                return {
                    change["address"]: change["change"]["after"]
                    for change in said["test_plan"]["resource_changes"]
                }
    raise Failure(f"{TEST} has no run {RUN}.")
