"""The model's switch: Bedrock's models, or a worker with a model of one's own. Whichever is not in
use is ended."""

import time
from argparse import Namespace

from scripts.console.arguments import Argument, between, one_of
from scripts.console.formats import minute
from scripts.console.progress import say
from scripts.lease import ec2, local
from scripts.stack.connection import DeployedStack

# The smallest that fits a model of 7B parameters and two replies at once.
INSTANCE = "c8g.xlarge"
LLM_ON = (
    Argument("hours", "for how long (default: 2)", between(1, 720), "2", positional=True),
    Argument("backend", "bedrock or worker", one_of("bedrock", "worker"), "bedrock"),
    Argument("instance", f"a worker's EC2 instance (default: {INSTANCE})", str, INSTANCE),
    Argument("spot", "let AWS take the instance back, for a lower price", bool),
)
ARGUMENTS = {"llm-on": LLM_ON}


def llm_on(options: Namespace, deployed: DeployedStack) -> None:
    """Switches the model on for some hours; a worker first has to answer. Raises Failure."""
    if options.backend == "worker":
        _start_worker(options, deployed)
    until = int(time.time() + options.hours * 3600)
    deployed.store().switch.switch_on(until=until, backend=options.backend)
    if options.backend != "worker":
        _end_worker(deployed)
    say(f"The model is on until {minute(until)} ({options.backend}).")


def llm_off(_options: Namespace, deployed: DeployedStack) -> None:
    """Switches the model off, and ends a worker."""
    deployed.store().switch.switch_off()
    say("The model is off.")
    _end_worker(deployed)


def _start_worker(options: Namespace, deployed: DeployedStack) -> None:
    if deployed.target.is_local:
        local.switch_on(deployed, hours=options.hours)
    else:
        ec2.switch_on(deployed, hours=options.hours, instance=options.instance, spot=options.spot)


def _end_worker(deployed: DeployedStack) -> None:
    if not deployed.target.is_local:
        ec2.switch_off(deployed)
    elif local.stop(deployed.target):
        say("The worker has ended.")
