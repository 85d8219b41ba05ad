"""`make llm-allow` gives the model back whatever state the budget's action is in, and says what it
found."""

import argparse

import boto3
import pytest
from botocore.stub import Stubber

from scripts.commands import kill_switch
from scripts.console.progress import Failure

ACTION = "11111111-2222-3333-4444-555555555555"
NAMED = {"AccountId": "123456789012", "BudgetName": "chat", "ActionId": ACTION}
POLICY = "arn:aws:iam::123456789012:policy/chat-deny-model"
REST = (
    "The budget does not act again before the month ends. To arm it, raise its limit first, then: "
    "make llm-allow REARM=1"
)
ARMED = "The budget is armed: it denies the model once the account's costs are above its limit."
ALLOWED = "Nothing denies the model: the function may ask it."
REVERSED = "The budget's action was reversed."
DETACHED = "The policy that denied the model was detached."


class Account:
    """An operator whose AWS answers by script, in requests and answers that botocore's service
    models accept."""

    def __init__(self, action: str | None = ACTION):
        self.outputs = {"role_name": "chat", "deny_policy_arn": POLICY, "budget_name": "chat"}
        if action:  # an output that is null is none
            self.outputs["budget_action"] = action
        keys = {
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "region_name": "us-east-1",
        }
        self.clients = {name: boto3.client(name, **keys) for name in ("iam", "budgets")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()

    def client(self, service: str):
        return self.clients[service]

    def state(self, *names: str) -> None:
        for name in names:
            action = {
                "ActionId": ACTION,
                "BudgetName": "chat",
                "NotificationType": "ACTUAL",
                "ActionType": "APPLY_IAM_POLICY",
                "ActionThreshold": {
                    "ActionThresholdValue": 100,
                    "ActionThresholdType": "PERCENTAGE",
                },
                "Definition": {"IamActionDefinition": {"PolicyArn": POLICY, "Roles": ["chat"]}},
                "ExecutionRoleArn": "arn:aws:iam::123456789012:role/chat-budget",
                "ApprovalModel": "AUTOMATIC",
                "Status": name,
                "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "ana@example.com"}],
            }
            answer = {"AccountId": NAMED["AccountId"], "BudgetName": "chat", "Action": action}
            self.stubs["budgets"].add_response("describe_budget_action", answer, NAMED)

    def executes(self, kind: str) -> None:
        asked = {**NAMED, "ExecutionType": kind}
        self.stubs["budgets"].add_response("execute_budget_action", asked, asked)

    def attached(self, is_attached: bool) -> None:
        asked = {"RoleName": "chat", "PolicyArn": POLICY}
        if is_attached:
            self.stubs["iam"].add_response("detach_role_policy", {}, asked)
        else:
            self.stubs["iam"].add_client_error(
                "detach_role_policy", "NoSuchEntity", http_status_code=404, expected_params=asked
            )

    def allow(self, *, rearm: bool = False) -> None:
        """Runs the command to the end of the script."""
        kill_switch.llm_allow(argparse.Namespace(rearm=rearm), self)
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(kill_switch, "PAUSE", 0)


def said(capsys) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_a_fired_action_is_reversed_and_not_reset_which_would_fire_it_again(capsys):
    account = Account()
    account.state("EXECUTION_SUCCESS")
    account.executes("REVERSE_BUDGET_ACTION")
    account.state("REVERSE_IN_PROGRESS", "REVERSE_SUCCESS", "REVERSE_SUCCESS")
    account.attached(False)
    account.allow()
    assert said(capsys) == [REVERSED, ALLOWED, REST]


def test_what_the_budget_could_not_detach_is_detached(capsys):
    account = Account()
    account.state("EXECUTION_SUCCESS")
    account.executes("REVERSE_BUDGET_ACTION")
    account.state("REVERSE_FAILURE", "REVERSE_FAILURE")
    account.attached(True)
    account.allow()
    assert said(capsys) == [DETACHED, ALLOWED, REST]


def test_a_second_time_finds_nothing_to_do(capsys):
    account = Account()
    account.state("REVERSE_SUCCESS", "REVERSE_SUCCESS")
    account.attached(False)
    account.allow()
    assert said(capsys) == [ALLOWED, REST]


def test_a_budget_that_never_fired_stays_armed(capsys):
    account = Account()
    account.state("STANDBY", "STANDBY")
    account.attached(False)
    account.allow()
    assert said(capsys) == [ALLOWED, ARMED]


def test_the_budget_is_armed_again_on_request(capsys):
    account = Account()
    account.state("REVERSE_SUCCESS", "REVERSE_SUCCESS")
    account.executes("RESET_BUDGET_ACTION")
    account.state("RESET_IN_PROGRESS", "STANDBY")
    account.attached(False)
    account.allow(rearm=True)
    assert said(capsys) == [ALLOWED, ARMED]


def test_a_budget_that_could_not_be_armed_is_a_failure():
    account = Account()
    account.state("REVERSE_SUCCESS", "REVERSE_SUCCESS")
    account.executes("RESET_BUDGET_ACTION")
    account.state("RESET_FAILURE")
    account.attached(False)
    with pytest.raises(Failure, match="RESET_FAILURE"):
        account.allow(rearm=True)


def test_without_an_action_only_the_policy_counts(capsys):
    account = Account(action=None)
    account.attached(True)
    account.allow()
    assert said(capsys) == [DETACHED, ALLOWED, "No budget acts on this stack by itself."]


def test_budgets_that_never_settle_are_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(kill_switch, "PATIENCE", -1)
    account = Account()
    account.state("REVERSE_IN_PROGRESS")
    with pytest.raises(Failure, match="still at it"):
        account.allow()


def test_a_stack_from_before_has_no_switch():
    account = Account()
    del account.outputs["deny_policy_arn"]
    with pytest.raises(Failure, match="older"):
        account.allow()
