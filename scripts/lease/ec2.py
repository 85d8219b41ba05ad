"""A worker on a machine that is leased for some hours, by Terraform: made, watched until it has
answered, removed."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from handler.values import iso
from scripts.console.formats import minute
from scripts.console.progress import Failure, Steps
from scripts.costs import machines
from scripts.lease import presence, test_job
from scripts.lease.variables import is_running, kept, last_applied
from scripts.stack.connection import DeployedStack
from scripts.terraform.driver import TerraformStack
from scripts.workspace import package, paths, settings

# Boot, packages, 4.4 GB of model and its loading take 3 to 5 minutes, and a slow mirror more.
READY_SECONDS = 1200
# How often EC2 is asked whether the machine is still there.
CHECK_SECONDS = 5
# What a lease makes: the machine, and the alarm that says that it has outlived its lease.
TARGETS = ["module.worker", "module.watch.aws_cloudwatch_metric_alarm.lease"]
# CloudWatch looks back a week (terraform/modules/watch/lease.tf).
MOST_HOURS = 166


def switch_on(deployed: DeployedStack, *, hours: int, instance: str, spot: bool) -> None:
    """Leases a machine, and waits until its worker has answered a job. Raises Failure, and then
    nothing is left running."""
    region, target = deployed.outputs["region"], deployed.target
    machine, until = machines.find(instance, region), time.time() + hours * 3600
    if hours > MOST_HOURS:
        most = f"A machine can be leased for {MOST_HOURS} hours at most"
        raise Failure(f"{most}: give HOURS= less, and lease again when it has ended.")
    if kept(deployed):
        end = f"make llm-off{target.words} ends it, then this begins another"
        raise Failure(f"A worker is leased already: {end}.")
    steps = Steps(4)
    steps.say(_price(machine.hour(region), hours, instance, spot))
    stack = _stack(deployed, steps, "llm-on BACKEND=worker")
    wanted = {
        "instance_type": instance,
        "architecture": machine.architecture,
        "until": f"{iso(until)[:19]}Z",
        "hours": hours,
        "spot": spot,
    }
    with steps.step("Preparing Terraform"):
        package.build_worker(paths.ROOT, paths.BUILD / "worker")
        stack.init()
    with _removed_again(stack, steps):
        with steps.step("Leasing a machine"):
            _apply(stack, wanted)
            deployed.outputs.update(stack.outputs())  # with the address of its queue
        with steps.step("Booting it, downloading and loading the model"):
            _wait(deployed, steps)
        with steps.step("Having it answer a job"):
            steps.detail(test_job.run(deployed))
    end = f"it ends by itself at {minute(until)}, or 20 minutes after its last question"
    steps.say(f"The worker is ready; {end}.")


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
    variables = last_applied(stack, settings.load(stack.target.stack))
    stack.apply(variables | {"worker": wanted}, targets=TARGETS)


def _wait(deployed: DeployedStack, steps: Steps) -> None:
    machine = deployed.outputs["worker_lease"]["instance_id"]
    table, running = deployed.table(), _checked(deployed, machine)
    presence.wait_until_ready(table, machine, seconds=READY_SECONDS, steps=steps, running=running)


def _checked(deployed: DeployedStack, machine: str) -> Callable[[], bool]:
    """Whether the machine runs, as EC2 said a moment ago."""
    runs, next_check = True, 0.0

    def running() -> bool:
        nonlocal runs, next_check
        if time.monotonic() > next_check:
            runs, next_check = is_running(deployed, machine), time.monotonic() + CHECK_SECONDS
        return runs

    return running


@contextmanager
def _removed_again(stack: TerraformStack, steps: Steps) -> Iterator[None]:
    """A machine that did not come up must not cost anything."""
    try:
        yield
    except BaseException as error:
        # A second Ctrl-C would leave the machine behind, until it ends by itself.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            steps.detail("Removing the machine again.")
            _apply(stack, None)
        except Failure as failure:
            off = f"run make llm-off{stack.target.words}; else it ends by itself"
            sentence = f"{error}\nThe machine could not be removed either: {off}. {failure}"
            raise Failure(sentence) from error
        finally:
            signal.signal(signal.SIGINT, before)
        if not isinstance(error, Failure):
            raise
        log = f"What the machine said is in the log group {stack.outputs().get('worker_log_group')}"
        raise Failure(f"{error}\nNothing is left running. {log}.") from error


def _price(usd: float, hours: int, instance: str, spot: bool) -> str:
    most = "at most " if spot else ""
    return (
        f"An hour of {instance} costs {most}{usd:.2f} USD with its disk and address, {hours} hours "
        f"{most}{usd * hours:.2f} USD; it is billed by the second, apart from the model's monthly "
        "limit."
    )
