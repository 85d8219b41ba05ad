"""Removes a stack: says what is lost, asks, switches the model off, destroys, and looks whether
anything is left."""

import contextlib
import shutil
import time
from argparse import Namespace

from botocore.exceptions import ClientError

from handler.errors import ChatError
from scripts.console import prompts
from scripts.console.arguments import YES
from scripts.console.formats import counted
from scripts.console.progress import Failure, Steps
from scripts.lease import local
from scripts.lease.variables import last_applied
from scripts.stack import leftovers
from scripts.stack.connection import DeployedStack
from scripts.terraform.driver import TerraformStack
from scripts.workspace import paths
from scripts.workspace.settings import DEFAULT_REGION, OwnerSettings
from scripts.workspace.target import StackTarget

ARGUMENTS = {"destroy": (YES,)}
STEPS = 4
# How the sort key begins of what is counted.
KEYS = {"conversation": "CONV#", "guest": "GUEST"}


def run(options: Namespace, wanted: OwnerSettings, target: StackTarget) -> None:
    began = time.monotonic()
    steps = Steps(STEPS)
    stack = TerraformStack(target, command="destroy", say=steps.say, note=steps.note)
    variables = last_applied(stack, wanted)
    with steps.step("Preparing Terraform"):
        target.make()
        stack.init()
    if stack.resources():
        _remove(stack, variables, options.yes, steps)
    else:
        steps.say(
            f"Terraform knows of nothing in the stack {target.stack}; what is left of it without "
            "Terraform's knowledge is looked for."
        )
    if leftovers.verify(target, variables.get("region", wanted.region), say=steps.say):
        raise Failure(
            f"{target.stack} is not known to be gone: see to what is listed above, then run "
            f"make verify-gone{target.words}."
        )
    _forget(stack)
    steps.say(f"{target.stack} is gone after {time.monotonic() - began:.0f} s.")


def _remove(stack: TerraformStack, variables: dict, yes: bool, steps: Steps) -> None:
    target = stack.target
    # An apply that failed early has no outputs; the table is named like the stack.
    assumed = {"table_name": target.stack, "region": variables.get("region", DEFAULT_REGION)}
    deployed = DeployedStack(assumed | stack.outputs(), target)
    with steps.step("Counting what is lost"):
        lost = _lost(deployed)
    steps.say(
        f"\nThis removes the stack {target.stack} for good, with {lost}.\n"
        f"To keep the conversations: make export{target.words}\n"
    )
    prompts.name_typed(yes, target.stack)
    with steps.step("Switching off the model and the page"):
        _switch_off(deployed)
    with steps.step("Destroying"):
        stack.destroy(variables)


def _switch_off(deployed: DeployedStack) -> None:
    """Nothing is spent from here on. A distribution can only be removed once it has been off for
    minutes, so that begins first."""
    with contextlib.suppress(ClientError, ChatError):
        deployed.store().switch.switch_off()
    if deployed.target.is_local:
        local.stop(deployed.target)
    distribution = deployed.outputs.get("distribution_id")
    if not distribution:
        return
    with contextlib.suppress(ClientError):
        client = deployed.client("cloudfront")
        config = client.get_distribution_config(Id=distribution)
        off = config["DistributionConfig"] | {"Enabled": False}
        client.update_distribution(Id=distribution, IfMatch=config["ETag"], DistributionConfig=off)


def _lost(deployed: DeployedStack) -> str:
    try:
        return " and ".join(counted(_count(deployed, key), what) for what, key in KEYS.items())
    except ClientError as error:
        return f"all it holds (it could not be counted: {error.response['Error']['Code']})"


def _count(deployed: DeployedStack, start: str) -> int:
    """How many items have a sort key that begins so. Reads the whole table."""
    pages = deployed.client("dynamodb").get_paginator("scan").paginate(
        TableName=deployed.outputs["table_name"],
        Select="COUNT",
        FilterExpression="begins_with(sk, :start)",
        ExpressionAttributeValues={":start": {"S": start}},
    )  # fmt: skip
    return sum(page["Count"] for page in pages)


def _forget(stack: TerraformStack) -> None:
    """This machine keeps nothing of the stack either, but for where its state belongs."""
    target = stack.target
    target.owner.unlink(missing_ok=True)
    if target.in_bucket or target.is_up:
        stack.forget()
        return
    shutil.rmtree(target.folder)
    with contextlib.suppress(OSError):
        (paths.STACKS_LOCAL if target.is_local else paths.STACKS).rmdir()
