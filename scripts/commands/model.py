"""The model's switch: Bedrock's models, or a worker with a model of one's own. Whichever is not in
use is ended."""

import argparse
import sys
import time
from collections.abc import Iterator

from handler.values import Switch
from scripts.console.arguments import between
from scripts.lease import local, presence
from scripts.stack.connection import DeployedStack

# The smallest that fits a model of 7B parameters and two replies at once.
INSTANCE = "c8g.xlarge"


def add_to(command) -> None:
    """Declares the subcommands; `command` makes one."""
    on = command("llm-on", llm_on, "switches the model on")
    on.add_argument("hours", type=between(1, 720), nargs="?", default=2)
    on.add_argument("--backend", choices=("bedrock", "worker"), default="bedrock")
    on.add_argument(
        "--instance", default=INSTANCE, help="a worker's EC2 instance type (default: %(default)s)"
    )
    on.add_argument(
        "--spot", action="store_true", help="let AWS take the instance back, for a lower price"
    )
    command("llm-off", llm_off, "switches the model off")


def llm_on(options: argparse.Namespace, deployed: DeployedStack) -> int:
    """Switches the model on for some hours; a worker first has to answer. Raises Failure."""
    if options.backend == "worker":
        _start_worker(options, deployed)
    until = int(time.time() + options.hours * 3600)
    deployed.store().switch.switch_on(until=until, backend=options.backend)
    if options.backend != "worker":
        _end_worker(deployed)
    _say(f"The model is on until {minute(until)} ({options.backend}).")
    return 0


def llm_off(_options: argparse.Namespace, deployed: DeployedStack) -> int:
    """Switches the model off, and ends a worker."""
    deployed.store().switch.switch_off()
    _say("The model is off.")
    _end_worker(deployed)
    return 0


def lines(deployed: DeployedStack, switch: Switch, now: float) -> Iterator[str]:
    """How the model and its workers are."""
    workers = presence.read(deployed.table(), now)
    yield f"model   {f'on until {minute(switch.until)} ({switch.backend})' if switch.on(now) else 'off'}"
    for worker in workers:
        yield f"worker  {worker.line(now)}"
    if (
        switch.on(now)
        and switch.backend == "worker"
        and not any(worker.alive for worker in workers)
    ):
        yield f"worker  none is alive: make llm-on{deployed.target.words} BACKEND=worker starts one"


def minute(timestamp: int) -> str:
    """A time of day, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(timestamp))


def _start_worker(options: argparse.Namespace, deployed: DeployedStack) -> None:
    if deployed.target.is_local:
        local.switch_on(deployed, hours=options.hours)
    else:
        from scripts.lease import ec2  # drives Terraform, which nothing else here needs

        ec2.switch_on(deployed, hours=options.hours, instance=options.instance, spot=options.spot)


def _end_worker(deployed: DeployedStack) -> None:
    if not deployed.target.is_local:
        from scripts.lease import ec2

        ec2.switch_off(deployed)
    elif local.stop(deployed.target):
        _say("The worker has ended.")


def _say(line: str) -> None:
    print(line, file=sys.stderr)
