"""Makes a stack, or brings it up to date: package, plan, one question, apply, smoke test, and the
owner's link.

python -m scripts.commands.deploy --env aws [--stack NAME] [--yes] [--plan] [--no-doctor]
(SMOKE=chat asks the model once, too)"""

import argparse
import os
import signal
import sys
import time

from scripts.console import prompts
from scripts.console.progress import Failure, Steps
from scripts.doctor import examine
from scripts.lease.variables import kept
from scripts.stack import owner_invite, smoke
from scripts.stack.connection import DeployedStack
from scripts.terraform.driver import TerraformStack
from scripts.terraform.plan_summary import Summary
from scripts.workspace import package, settings
from scripts.workspace.target import StackTarget

STEPS = 7
# A new name of CloudFront or API Gateway takes a while to be known everywhere.
PATIENCE = {"aws": 300, "local": 15}


def main(arguments: list[str] | None = None) -> int:
    """The exit code."""
    options = _parse(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    return prompts.guarded(lambda: deploy(options), f"make deploy{prompts.words(options)}")


def deploy(options: argparse.Namespace) -> None:
    """Raises Failure."""
    began = time.monotonic()
    wanted, target = prompts.found(options)
    steps = Steps(3 if options.plan else STEPS - options.no_doctor)
    stack = TerraformStack(
        target, command="plan" if options.plan else "deploy", say=steps.say, note=steps.note
    )
    target.make()
    if not (options.plan or options.no_doctor):
        _examine(wanted, target, steps)
    with steps.step("Packaging the function and the page"):
        package.build()
    with steps.step("Preparing Terraform"):
        stack.init()
    try:
        _bring_about(stack, wanted, options, steps)
    finally:
        stack.drop_plan()
    if not options.plan:
        _hand_over(DeployedStack(stack.outputs(), target), wanted, steps, began)


def _examine(wanted: settings.OwnerSettings, target: StackTarget, steps: Steps) -> None:
    """What would fail half-way is said before anything is made. Raises Failure."""
    with steps.step("Asking the doctor"):
        good = examine(wanted, target.env, say=lambda line: steps.say(f"      {line}"))
    if not good:
        raise Failure(
            "A check failed, so nothing was done: what to do stands after its →. If you know better, make deploy DOCTOR=no goes on without."
        )


def _bring_about(
    stack: TerraformStack, wanted: settings.OwnerSettings, options: argparse.Namespace, steps: Steps
) -> None:
    """Plan, question, apply. Raises Failure."""
    target = stack.target
    with steps.step("Planning"):
        outputs = stack.outputs()
        _same_place(outputs, wanted, target)
        summary = Summary(
            stack.plan(wanted.for_terraform(target.emulator) | kept(DeployedStack(outputs, target)))
        )
    steps.say("\n".join(["", f"{target.stack} in {_where(target, wanted)}:", *summary.lines(), ""]))
    summary.protect_the_table()
    if options.plan:
        return
    if not summary.is_empty:
        prompts.go_ahead(options.yes, target)
    with steps.step("Applying"):
        if not summary.is_empty:
            stack.apply()


def _hand_over(
    deployed: DeployedStack, wanted: settings.OwnerSettings, steps: Steps, began: float
) -> None:
    """The stack answers before anybody reads its address."""
    with steps.step("Smoke test"):
        smoke.door(
            deployed.outputs,
            lambda line: steps.say(f"      {line}"),
            patience=PATIENCE[deployed.target.env],
        )
        if os.environ.get("SMOKE") == "chat":
            smoke.chat(deployed, lambda line: steps.say(f"      {line}"), switch_on=True)
    with steps.step("Inviting you"):
        token = owner_invite.token(deployed)
    words = deployed.target.words
    steps.say(f"Ready after {time.monotonic() - began:.0f} s.")
    if not deployed.store().switch.read(now=time.time())[0].on(time.time()):
        steps.say(f"The model is off and costs nothing. To chat: make llm-on{words} HOURS=2")
    if not wanted.variables.get("alert_email"):
        steps.say(
            "Nobody will be told of alarms: to be told, set alert_email in settings.toml and deploy again."
        )
    steps.say(
        f"Let others in: make invite{words} NAME=ana. Remove everything: make destroy{words}. The page, and your own link to it:"
    )
    print(deployed.outputs["site_url"])
    print(deployed.link(token), flush=True)


def _same_place(outputs: dict, wanted: settings.OwnerSettings, target: StackTarget) -> None:
    """A stack cannot move: Terraform would look for it elsewhere, find nothing, and make it a
    second time. Raises Failure."""
    if (region := outputs.get("region")) and region != wanted.region:
        raise Failure(
            f"{target.stack} is in {region}, and settings.toml says {wanted.region}: a stack cannot move with its conversations. "
            f'Set region = "{region}" again, or make another stack there with STACK=…'
        )
    if not (policy := outputs.get("deny_policy_arn")):
        return
    account, here = policy.split(":")[4], prompts.account(target, wanted.region)
    if account != here:
        raise Failure(
            f"{target.stack} is in the account {account}, and your credentials are for {here}: sign in to {account}, or name another STACK=…"
        )


def _where(target: StackTarget, wanted: settings.OwnerSettings) -> str:
    return (
        f"the emulator on this machine ({wanted.region})"
        if target.is_local
        else f"{wanted.region} on AWS"
    )


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    prompts.add_to(parser)
    parser.add_argument(
        "--no-doctor", action="store_true", help="do not examine machine and account first"
    )
    parser.add_argument("--plan", action="store_true", help="only say what would be done")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
