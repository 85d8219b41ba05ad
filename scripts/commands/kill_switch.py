"""Undoes what the budget's action does: it gives the function its model back."""

import time
from argparse import Namespace
from typing import Any

from scripts.console.arguments import Argument
from scripts.console.progress import Failure, say
from scripts.stack.connection import DeployedStack

ARGUMENTS = {"llm-allow": (Argument("rearm", "let the budget fire again this month", bool),)}
# Budgets works on a request for some seconds.
PATIENCE, PAUSE = 120, 3
ARMED = "The budget is armed: it denies the model once the account's costs are above its limit."
RESTING = (
    "The budget does not act again before the month ends. To arm it, raise its limit first, then: "
    "make llm-allow REARM=1"
)


def llm_allow(options: Namespace, deployed: DeployedStack) -> None:
    """Reverses the budget's action and detaches the denial, if they are there; a second run finds
    nothing to do. Raises Failure."""
    if "deny_policy_arn" not in deployed.outputs:
        raise Failure("This stack is older than its kill switch, so nothing can have fired.")
    action = BudgetAction.of(deployed)
    if action and action.reverse():
        say("The budget's action was reversed.")
    if _detached(deployed):
        say("The policy that denied the model was detached.")
    say("Nothing denies the model: the function may ask it.")
    if not action:
        say("No budget acts on this stack by itself.")
        return
    if options.rearm:
        action.rearm()
    say(ARMED if options.rearm or action.status() == "STANDBY" else RESTING)


def _detached(deployed: DeployedStack) -> bool:
    """Whether the denial was attached; it is no longer."""
    iam, outputs = deployed.client("iam"), deployed.outputs
    try:
        iam.detach_role_policy(RoleName=outputs["role_name"], PolicyArn=outputs["deny_policy_arn"])
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


class BudgetAction:
    """The action of the stack's budget."""

    def __init__(self, budgets: Any, named: dict[str, str]):
        self._budgets = budgets
        self._named = named

    @classmethod
    def of(cls, deployed: DeployedStack) -> "BudgetAction | None":
        """None under the emulator, whose budgets have no actions."""
        outputs = deployed.outputs
        # Terraform leaves out an output that is null.
        if not outputs.get("budget_action"):
            return None
        named = {
            "AccountId": outputs["deny_policy_arn"].split(":")[4],
            "BudgetName": outputs["budget_name"],
            "ActionId": outputs["budget_action"],
        }
        return cls(deployed.client("budgets"), named)

    def reverse(self) -> bool:
        """Undoes the action if it has run; whether it had. Reversed, it stays still until the month
        ends; a reset would have the costs weighed again at once, and they are still above the
        limit."""
        if self.status() != "EXECUTION_SUCCESS":
            return False
        self._execute("REVERSE_BUDGET_ACTION")
        # If Budgets failed at it, the policy is still attached, and detached next.
        return self.status() == "REVERSE_SUCCESS"

    def rearm(self) -> None:
        """Has the costs weighed again this month. Raises Failure."""
        if self.status() == "STANDBY":
            return
        self._execute("RESET_BUDGET_ACTION")
        if (status := self.status()) != "STANDBY":
            raise Failure(
                f"AWS Budgets did not arm the budget {self._named['BudgetName']} again: its action "
                f"is in the state {status}."
            )

    def status(self) -> str:
        """The action's, once Budgets is not working on it. Raises Failure."""
        until = time.monotonic() + PATIENCE
        while (status := self._status()).endswith("_IN_PROGRESS"):
            if time.monotonic() > until:
                raise Failure(
                    f"AWS Budgets is still at it after {PATIENCE} s ({status}): run make llm-allow "
                    "again in a while."
                )
            time.sleep(PAUSE)
        return status

    def _status(self) -> str:
        return self._budgets.describe_budget_action(**self._named)["Action"]["Status"]

    def _execute(self, kind: str) -> None:
        self._budgets.execute_budget_action(**self._named, ExecutionType=kind)
