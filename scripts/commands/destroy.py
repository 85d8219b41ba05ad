"""Removes a stack: says what is lost, asks, switches the model off, destroys, and looks whether
anything is left.

python -m scripts.commands.destroy --env aws [--stack NAME] [--yes]"""

import argparse
import contextlib
import shutil
import signal
import sys
import time

from botocore.exceptions import ClientError

from handler.errors import ChatError
from scripts.commands import verify_gone
from scripts.console import prompts
from scripts.console.progress import Failure, Steps
from scripts.lease import local
from scripts.lease.variables import last_told
from scripts.stack.connection import DeployedStack
from scripts.terraform.driver import TerraformStack
from scripts.workspace import paths
from scripts.workspace.target import StackTarget

STEPS = 4


def main(arguments: list[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    prompts.add_to(parser)
    options = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    return prompts.guarded(lambda: destroy(options), f"make destroy{prompts.words(options)}")


def destroy(options: argparse.Namespace) -> int:
    """The exit code. Raises Failure."""
    began = time.monotonic()
    wanted, target = prompts.found(options)
    steps = Steps(STEPS)
    stack = TerraformStack(target, command="destroy", say=steps.say, note=steps.note)
    variables = last_told(stack, wanted)
    region = variables.get("region", wanted.region)
    with steps.step("Preparing Terraform"):
        target.make()
        stack.init()
    if stack.resources():
        _remove(stack, variables, options.yes, steps)
    else:
        steps.say(
            f"Terraform knows of nothing in the stack {target.stack}; what is left of it without Terraform's knowledge is looked for."
        )
    code = verify_gone.verify(target, region, say=steps.say)
    if code:
        raise Failure(
            f"{target.stack} is not known to be gone: see to what is listed above, then run make verify-gone{target.words}."
        )
    _forget(stack)
    steps.say(f"{target.stack} is gone after {time.monotonic() - began:.0f} s.")
    return code


def _remove(stack: TerraformStack, variables: dict, yes: bool, steps: Steps) -> None:
    target, outputs = stack.target, stack.outputs()
    # An apply that failed early has no outputs; the table is named like the stack.
    deployed = DeployedStack(
        {"table_name": target.stack, "region": variables.get("region", "us-east-1")} | outputs,
        target,
    )
    with steps.step("Counting what is lost"):
        lost = _lost(deployed)
    steps.say(
        f"\nThis removes the stack {target.stack} for good, with {lost}.\nTo keep the conversations: make export{target.words}\n"
    )
    prompts.name_typed(yes, target)
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
    with contextlib.suppress(ClientError):
        client, found = (
            deployed.client("cloudfront"),
            {"Id": deployed.outputs.get("distribution_id") or ""},
        )
        if found["Id"]:
            config = client.get_distribution_config(**found)
            off = config["DistributionConfig"] | {"Enabled": False}
            client.update_distribution(**found, IfMatch=config["ETag"], DistributionConfig=off)


def _lost(deployed: DeployedStack) -> str:
    """How much there is, in words."""
    counted = {"conversations": "CONV#", "guests": "GUEST"}
    try:
        numbers = {what: _count(deployed, start) for what, start in counted.items()}
    except ClientError as error:
        return f"all it holds (it could not be counted: {error.response['Error']['Code']})"
    return " and ".join(
        f"{number} {what[:-1] if number == 1 else what}" for what, number in numbers.items()
    )


def _count(deployed: DeployedStack, start: str) -> int:
    """How many items have a sort key that begins so. Reads the whole table, as only its owner may."""
    pages = deployed.client("dynamodb").get_paginator("scan").paginate(
        TableName=deployed.outputs["table_name"],
        Select="COUNT",
        FilterExpression="begins_with(sk, :start)",
        ExpressionAttributeValues={":start": {"S": start}},
    )  # fmt: skip
    return sum(page["Count"] for page in pages)


def _forget(stack: TerraformStack) -> None:
    """Nothing of the stack is left, so this machine keeps nothing of it either, but for where its
    state belongs."""
    target: StackTarget = stack.target
    target.owner.unlink(missing_ok=True)
    if target.in_bucket or target.is_up:
        stack.forget()
        return
    shutil.rmtree(target.folder)
    with contextlib.suppress(OSError):
        (paths.STACKS_LOCAL if target.is_local else paths.STACKS).rmdir()


if __name__ == "__main__":
    sys.exit(main())
