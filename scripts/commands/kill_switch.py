"""Undoes what the budget's action does: it gives the function its model back."""

import argparse
import sys
import time

from scripts.console.progress import Failure
from scripts.stack.connection import DeployedStack

# Budgets works on a request for some seconds.
PATIENCE, PAUSE = 120, 3


def add_to(command) -> None:
    """Registers the subcommand with `command(name, run, purpose)`."""
    sub = command(
        "llm-allow", llm_allow, "gives the model back after the budget's kill switch has fired"
    )
    sub.add_argument("--rearm", action="store_true", help="let the budget fire again this month")


def llm_allow(options: argparse.Namespace, deployed: DeployedStack) -> int:
    """Reverses the budget's action and detaches the denial, if they are there; a second run finds
    nothing to do. Raises Failure."""
    if "deny_policy_arn" not in deployed.outputs:
        raise Failure("This stack is older than its kill switch, so nothing can have fired.")
    action = Action.of(deployed)
    if action and action.reverse():
        _say("The budget's action was reversed.")
    if _detached(deployed):
        _say("The policy that denied the model was detached.")
    _say("Nothing denies the model: the function may ask it.")
    if not action:
        _say("No budget acts on this stack by itself.")
    elif options.rearm:
        action.rearm()
        _say(
            "The budget is armed: it denies the model once the account's costs are above its limit."
        )
    else:
        _say(action.outlook())
    return 0


def _detached(deployed: DeployedStack) -> bool:
    """Whether the denial was attached; it is no longer."""
    iam = deployed.client("iam")
    try:
        iam.detach_role_policy(
            RoleName=deployed.outputs["role_name"], PolicyArn=deployed.outputs["deny_policy_arn"]
        )
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


class Action:
    """The action of the stack's budget."""

    def __init__(self, budgets, *, account: str, budget: str, action: str):
        self._budgets, self._named = (
            budgets,
            {"AccountId": account, "BudgetName": budget, "ActionId": action},
        )

    @classmethod
    def of(cls, deployed: DeployedStack) -> "Action | None":
        """None under the emulator, whose budgets have no actions."""
        outputs = deployed.outputs
        # Terraform leaves out an output that is null.
        if not outputs.get("budget_action"):
            return None
        account = outputs["deny_policy_arn"].split(":")[4]
        return cls(
            deployed.client("budgets"),
            account=account,
            budget=outputs["budget_name"],
            action=outputs["budget_action"],
        )

    def reverse(self) -> bool:
        """Undoes the action if it has run; whether it had. Reversed, it stays still until the month
        ends; a reset would have the costs weighed again at once, and they are still above the
        limit."""
        if self._settled() != "EXECUTION_SUCCESS":
            return False
        self._execute("REVERSE_BUDGET_ACTION")
        # If Budgets failed at it, the policy is still attached, and detached next.
        return self._settled() == "REVERSE_SUCCESS"

    def rearm(self) -> None:
        """Has the costs weighed again this month. Raises Failure."""
        if self._settled() != "STANDBY":
            self._execute("RESET_BUDGET_ACTION")
        if (status := self._settled()) != "STANDBY":
            raise Failure(
                f"AWS Budgets did not arm the budget {self._named['BudgetName']} again: its action is in the state {status}."
            )

    def outlook(self) -> str:
        """What the budget does from now on."""
        if self._settled() == "STANDBY":
            return "The budget is armed: it denies the model once the account's costs are above its limit."
        return "The budget does not act again before the month ends. To arm it, raise its limit first, then: make llm-allow REARM=1"

    def _execute(self, kind: str) -> None:
        self._budgets.execute_budget_action(**self._named, ExecutionType=kind)

    def _settled(self) -> str:
        """The action's state, once Budgets is not working on it."""
        until = time.monotonic() + PATIENCE
        while (
            status := self._budgets.describe_budget_action(**self._named)["Action"]["Status"]
        ).endswith("_IN_PROGRESS"):
            if time.monotonic() > until:
                raise Failure(
                    f"AWS Budgets is still at it after {PATIENCE} s ({status}): run make llm-allow again in a while."
                )
            time.sleep(PAUSE)
        return status


def _say(line: str) -> None:
    print(line, file=sys.stderr)
