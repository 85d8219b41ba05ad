"""A worker on a machine that is leased for some hours, by Terraform: made, watched until it has
answered, removed."""

import signal
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime

from scripts.console.progress import Failure, Steps
from scripts.costs import machines
from scripts.lease import presence, test_job
from scripts.lease.variables import kept, last_told, lives
from scripts.stack.connection import DeployedStack
from scripts.terraform.driver import TerraformStack
from scripts.workspace import package, paths, settings

# Boot, packages, 4.4 GB of model and its loading take 3 to 5 minutes, and a slow mirror more.
READY_SECONDS = 1200
# How often EC2 is asked whether the machine is still there.
LOOK_SECONDS = 5
# What a lease makes: the machine, and the alarm that says that it has outlived its lease.
TARGETS = ["module.worker", "module.watch.aws_cloudwatch_metric_alarm.lease"]
# CloudWatch looks back a week (terraform/modules/watch/lease.tf).
MOST_HOURS = 166


def switch_on(deployed: DeployedStack, *, hours: int, instance: str, spot: bool) -> None:
    """Leases a machine, and waits until its worker has answered a job. Raises Failure, and then
    nothing is left running."""
    region, target = deployed.outputs["region"], deployed.target
    machine, now = machines.find(instance, region), time.time()
    if hours > MOST_HOURS:
        raise Failure(
            f"A machine can be leased for {MOST_HOURS} hours at most: give HOURS= less, and lease again when it has ended."
        )
    if kept(deployed):
        raise Failure(
            f"A worker is leased already: make llm-off{target.words} ends it, then this begins another."
        )
    steps = Steps(4)
    steps.say(_price(machine.hour(region), hours, instance, spot))
    stack = _stack(deployed, steps, "llm-on BACKEND=worker")
    wanted = {
        "instance_type": instance,
        "architecture": machine.architecture,
        "until": _utc(now + hours * 3600),
        "hours": hours,
        "spot": spot,
    }
    with steps.step("Preparing Terraform"):
        package.build_worker(paths.ROOT, paths.BUILD / "worker")
        stack.init()
    with _removed_again(stack, steps):
        with steps.step("Leasing a machine"):
            _apply(stack, wanted)
            deployed.outputs.update(stack.outputs())  # its queue, too, which comes with it
            made = deployed.outputs["worker_lease"]["instance_id"]
        with steps.step("Booting it, downloading and loading the model"):
            presence.wait_until_ready(
                deployed.table(),
                made,
                seconds=READY_SECONDS,
                steps=steps,
                running=_looked_at(deployed, made),
            )
        with steps.step("Having it answer a job"):
            steps.say(f"      {test_job.run(deployed)}")
    steps.say(
        f"The worker is ready; it ends by itself at {_minute(now + hours * 3600)}, or 20 minutes after its last question."
    )


def switch_off(deployed: DeployedStack) -> None:
    """Removes the machine at once, whatever it is doing. Raises Failure."""
    if not deployed.outputs.get("worker_lease"):
        return
    steps = Steps(1)
    stack = _stack(deployed, steps, "llm-off")
    stack.init()
    with steps.step("Removing the worker's machine"):
        _apply(stack, None)


def _stack(deployed: DeployedStack, steps: Steps, command: str) -> TerraformStack:
    return TerraformStack(deployed.target, command=command, say=steps.say, note=steps.note)


def _apply(stack: TerraformStack, wanted: dict | None) -> None:
    """Only the worker's part of the stack: a lease is no update of the rest."""
    variables = last_told(stack, settings.load(stack.target.stack))
    try:
        stack.plan(variables | {"worker": wanted}, targets=TARGETS)
        stack.apply()
    finally:
        stack.drop_plan()


@contextmanager
def _removed_again(stack: TerraformStack, steps: Steps):
    """A machine that did not come up must not cost anything."""
    try:
        yield
    except BaseException as error:
        # A second Ctrl-C would leave the machine behind, until it ends by itself.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            steps.say("      Removing the machine again.")
            _apply(stack, None)
        except Failure as failure:
            raise Failure(
                f"{error}\nThe machine could not be removed either: run make llm-off{stack.target.words}; else it ends by itself. {failure}"
            ) from error
        finally:
            signal.signal(signal.SIGINT, before)
        if not isinstance(error, Failure):
            raise
        log = stack.outputs().get("worker_log_group")
        raise Failure(
            f"{error}\nNothing is left running. What the machine said is in the log group {log}."
        ) from error


def _looked_at(deployed: DeployedStack, machine: str) -> Callable[[], bool]:
    """Whether the machine is there, as EC2 said it a moment ago."""
    seen = {"at": 0.0, "lives": True}

    def running() -> bool:
        if time.monotonic() - seen["at"] > LOOK_SECONDS:
            seen.update(at=time.monotonic(), lives=lives(deployed, machine))
        return seen["lives"]

    return running


def _price(usd: float, hours: int, instance: str, spot: bool) -> str:
    most = "at most " if spot else ""
    return (
        f"An hour of {instance} costs {most}{usd:.2f} USD with its disk and address, {hours} hours {most}{usd * hours:.2f} USD; "
        "it is billed by the second, apart from the model's monthly limit."
    )


def _utc(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _minute(timestamp: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(timestamp))
