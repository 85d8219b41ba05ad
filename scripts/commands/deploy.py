"""Makes a stack, or brings it up to date: doctor, package, plan, one question, apply, smoke test,
and the owner's link."""

import time
from argparse import Namespace

from scripts.console import prompts
from scripts.console.arguments import YES, Argument
from scripts.console.progress import Failure, Steps
from scripts.costs import idle
from scripts.doctor import examine
from scripts.lease.variables import kept
from scripts.stack import owner_invite, smoke
from scripts.stack.connection import DeployedStack, account
from scripts.stack.plan_summary import Summary
from scripts.terraform.driver import TerraformStack
from scripts.workspace import package
from scripts.workspace.settings import OwnerSettings
from scripts.workspace.target import StackTarget

DOCTOR = Argument("doctor", "`no` goes on without examining machine and account first")
SMOKE = Argument("smoke", "`chat` has the smoke test ask the model once, too")
ARGUMENTS = {"deploy": (YES, DOCTOR, SMOKE)}
# A new name of CloudFront or API Gateway takes a while to be known everywhere.
PATIENCE = {"aws": 300, "local": 15}


def plan(_options: Namespace, wanted: OwnerSettings, target: StackTarget) -> None:
    steps = Steps(3)
    stack = TerraformStack(target, command="plan", say=steps.say, note=steps.note)
    target.make()
    try:
        _plan(stack, wanted, steps)
    finally:
        stack.drop_plan()


def deploy(options: Namespace, wanted: OwnerSettings, target: StackTarget) -> None:
    began = time.monotonic()
    examined = options.doctor != "no"
    steps = Steps(6 + examined)
    stack = TerraformStack(target, say=steps.say, note=steps.note)
    target.make()
    if examined:
        _examine(wanted, target, steps)
    try:
        summary = _plan(stack, wanted, steps)
        if not summary.is_empty:
            prompts.go_ahead(options.yes, target.stack)
        with steps.step("Applying"):
            if not summary.is_empty:
                stack.apply_plan()
    finally:
        stack.drop_plan()
    deployed = DeployedStack(stack.outputs(), target)
    with steps.step("Smoke test"):
        smoke.endpoints(deployed.outputs, steps.detail, patience=PATIENCE[target.env])
        if options.smoke == "chat":
            smoke.chat(deployed, steps.detail, switch_on=True)
    with steps.step("Inviting you"):
        token = owner_invite.token(deployed)
    steps.say(f"Ready after {time.monotonic() - began:.0f} s.")
    _advise(deployed, wanted, steps)
    print(deployed.outputs["site_url"])
    print(deployed.link(token), flush=True)


def _examine(wanted: OwnerSettings, target: StackTarget, steps: Steps) -> None:
    """What would fail half-way is said before anything is made. Raises Failure."""
    with steps.step("Asking the doctor"):
        good = examine(wanted, target.env, say=steps.detail)
    if not good:
        raise Failure(
            "A check failed, so nothing was done: what to do stands after its →. If you know "
            "better, make deploy DOCTOR=no goes on without."
        )


def _plan(stack: TerraformStack, wanted: OwnerSettings, steps: Steps) -> Summary:
    """Says what would be done. Raises Failure."""
    target = stack.target
    with steps.step("Packaging the function and the page"):
        package.build()
    with steps.step("Preparing Terraform"):
        stack.init()
    with steps.step("Planning"):
        outputs = stack.outputs()
        _check_place(outputs, wanted, target)
        variables = wanted.for_terraform(target.emulator)
        summary = Summary(stack.plan(variables | kept(DeployedStack(outputs, target))))
    emulator = f"the emulator on this machine ({wanted.region})"
    where = emulator if target.is_local else f"{wanted.region} on AWS"
    lines = summary.lines(idle.complaints(summary.resources))
    steps.say("\n".join(["", f"{target.stack} in {where}:", *lines, ""]))
    summary.protect_the_table()
    return summary


def _advise(deployed: DeployedStack, wanted: OwnerSettings, steps: Steps) -> None:
    """The next steps."""
    words, now = deployed.target.words, time.time()
    if not deployed.store().switch.read(now=now)[0].on(now):
        steps.say(f"The model is off and costs nothing. To chat: make llm-on{words} HOURS=2")
    if not wanted.variables.get("alert_email"):
        steps.say(
            "No alarm reaches you by mail: set alert_email in settings.toml and deploy again."
        )
    steps.say(
        f"Let others in: make invite{words} NAME=ana. Remove everything: make destroy{words}. "
        "The page, and your own link to it:"
    )


def _check_place(outputs: dict, wanted: OwnerSettings, target: StackTarget) -> None:
    """A stack cannot move: Terraform would look for it elsewhere, find nothing, and make it a
    second time. Raises Failure."""
    if (region := outputs.get("region")) and region != wanted.region:
        raise Failure(
            f"{target.stack} is in {region}, and settings.toml says {wanted.region}: a stack "
            f'cannot move with its conversations. Set region = "{region}" again, or make another '
            "stack there with STACK=…"
        )
    if not (policy := outputs.get("deny_policy_arn")):
        return
    owner, here = policy.split(":")[4], account(target, wanted.region)
    if owner != here:
        raise Failure(
            f"{target.stack} is in the account {owner}, and your credentials are for {here}: "
            f"sign in to {owner}, or name another STACK=…"
        )
