"""The budget's kill switch, drilled: its policy is attached as the budget's action does it, and IAM
is what refuses the model.

The local Bedrock runtime asks nobody for rights, so this stack's function asks the emulator's own
Bedrock, which asks IAM at each call. The emulator has no budget actions, so the test attaches the
policy in the action's place."""

import time

import pytest
from botocore.exceptions import ClientError

from handler.ids import new_id
from tests.support.features import StackGuest
from tests.support.function_role import FunctionRole
from tests.support.second_stack import EMAIL, NAME, second_stack

MODEL = "arn:aws:bedrock:us-east-1::foundation-model/mistral.mistral-7b-instruct-v0:2"
# What AWS checks for ConverseStream, and what the emulator checks for it.
ON_AWS, ON_THE_EMULATOR = "bedrock:InvokeModelWithResponseStream", "bedrock:ConverseStream"
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/drill"


class Drill:
    """A stack, a guest, the function's role, and what was seen at each step."""

    def __init__(self, stack):
        self.stack = stack
        outputs = stack.outputs_now
        stack.deployed.store().switch.switch_on(until=int(time.time()) + 3600, backend="bedrock")
        self.guest = StackGuest.invited(stack)
        stack.link = f"{outputs['site_url']}#invite={self.guest.token}"
        self.role = FunctionRole(stack)
        self.policy = outputs["deny_policy_arn"]
        # The one right that the emulator knows by another name than AWS.
        granted = {"Effect": "Allow", "Action": ON_THE_EMULATOR, "Resource": MODEL}
        self.role.put(
            self.role.document | {"Statement": [*self.role.document["Statement"], granted]}
        )
        self.seen = {}

    def ask(self, **more: str) -> dict:
        """One turn over HTTP: its answer, and how often the model was asked."""
        before = self.stack.model.calls
        answer = self.guest.call("POST", "/chat", json={"text": "Say one word."} | more)
        return {
            "status": answer.status_code,
            "calls": self.stack.model.calls - before,
        } | answer.json()

    def ask_over_a_socket(self) -> dict:
        before = self.stack.model.calls
        with self.stack.socket() as connection:
            last = self.stack.ask(connection, new_id(), "Say one word.")[-1][1]
        return {"calls": self.stack.model.calls - before} | last

    def fire(self) -> None:
        """What the budget's action does."""
        self.role.iam.attach_role_policy(RoleName=self.role.name, PolicyArn=self.policy)

    def decisions(self) -> dict[str, str]:
        resources = {ON_AWS: MODEL, ON_THE_EMULATOR: MODEL, "dynamodb:GetItem": TABLE}
        return {
            action: self.role.decision(action, resource) for action, resource in resources.items()
        }

    def allow(self) -> str:
        return self.stack.make("llm-allow", "ENV=local").stderr

    def history(self, conversation: str) -> list[tuple[str, str]]:
        page = self.guest.call("GET", f"/conversations/{conversation}/messages")
        assert page.status_code == 200
        return [(message["role"], message["status"]) for message in page.json()["items"]]

    def alerts(self) -> dict[str, list[str]]:
        """Whom the budget tells, by what."""
        budgets = self.stack.deployed.client("budgets")
        budget = {
            "AccountId": self.policy.split(":")[4],
            "BudgetName": self.stack.outputs_now["budget_name"],
        }

        def readers(notification: dict) -> list[str]:
            found = budgets.describe_subscribers_for_notification(
                **budget, Notification=notification
            )["Subscribers"]
            return [reader["Address"] for reader in found]

        told = budgets.describe_notifications_for_budget(**budget)["Notifications"]
        return {f"{one['NotificationType']} {one['Threshold']:g}": readers(one) for one in told}

    def left(self) -> set[str]:
        """What IAM still has under the stack's name."""
        roles = [role["RoleName"] for role in self.role.iam.list_roles()["Roles"]]
        policies = [
            policy["PolicyName"]
            for policy in self.role.iam.list_policies(Scope="Local")["Policies"]
        ]
        return {name for name in [*roles, *policies] if name == NAME or name.startswith(f"{NAME}-")}


@pytest.fixture(scope="module")
def drill(stack, tmp_path_factory) -> Drill:
    """The whole drill, step by step; the tests look at what was seen."""
    with second_stack(stack, tmp_path_factory.mktemp("drill")) as second:
        drill = Drill(second)
        seen = drill.seen
        seen["before"] = drill.ask()
        seen["decisions before"] = drill.decisions()
        seen["made"] = drill.left()
        seen["alerts"] = drill.alerts()
        conversation = seen["before"].get("conversation_id")
        drill.fire()
        seen["decisions"] = drill.decisions()
        seen["denied"] = drill.ask(conversation_id=conversation)
        seen["denied over a socket"] = drill.ask_over_a_socket()
        seen["history"] = drill.history(conversation)
        seen["allowed"] = drill.allow()
        seen["allowed again"] = drill.allow()
        seen["decisions after"] = drill.decisions()
        seen["after"] = drill.ask(conversation_id=conversation)
        drill.fire()
        second.terraform("destroy")
        seen["left"] = drill.left()
    return drill


def test_before_it_the_model_answers(drill):
    assert (drill.seen["before"]["status"], drill.seen["before"]["calls"]) == (200, 1)


def test_the_owner_is_told_at_every_threshold(drill):
    assert drill.seen["alerts"] == {
        told: [EMAIL] for told in ("ACTUAL 50", "ACTUAL 80", "ACTUAL 100", "FORECASTED 100")
    }


def test_a_turn_says_that_the_model_is_disabled_and_asks_it_once(drill):
    denied = drill.seen["denied"]
    assert (denied["status"], denied["code"], denied["calls"]) == (503, "model_disabled", 1)


def test_a_socket_says_so_too_and_offers_no_retry(drill):
    denied = drill.seen["denied over a socket"]
    assert (denied["type"], denied["code"], denied["retryable"], denied["calls"]) == (
        "failed",
        "model_disabled",
        False,
        1,
    )


def test_history_stays_readable(drill):
    assert drill.seen["history"] == [
        ("user", "complete"),
        ("assistant", "complete"),
        ("user", "complete"),
        ("assistant", "failed"),
    ]


def test_iam_denies_the_model_under_awss_own_name_and_nothing_else(drill):
    allowed = dict.fromkeys([ON_AWS, ON_THE_EMULATOR, "dynamodb:GetItem"], "allowed")
    denied = {
        ON_AWS: "explicitDeny",
        ON_THE_EMULATOR: "explicitDeny",
        "dynamodb:GetItem": "allowed",
    }
    assert [drill.seen[step] for step in ("decisions before", "decisions", "decisions after")] == [
        allowed,
        denied,
        allowed,
    ]


def test_one_command_gives_the_model_back_and_says_what_it_did(drill):
    assert drill.seen["allowed"].splitlines() == [
        "The policy that denied the model was detached.",
        "Nothing denies the model: the function may ask it.",
        "No budget acts on this stack by itself.",
    ]
    assert drill.seen["allowed again"].splitlines() == drill.seen["allowed"].splitlines()[1:]
    assert (drill.seen["after"]["status"], drill.seen["after"]["calls"]) == (200, 1)


def test_a_fired_switch_does_not_stop_destroy_and_nothing_is_left(drill):
    assert drill.seen["made"] == {"drill", "drill-budget", "drill-deny-model"}
    assert drill.seen["left"] == set()


def test_another_stack_of_the_account_is_left_alone(drill, stack):
    role = FunctionRole(stack)
    assert role.name == stack.outputs_now["role_name"] != drill.role.name
    assert (
        role.iam.get_policy(PolicyArn=stack.outputs_now["deny_policy_arn"])["Policy"][
            "AttachmentCount"
        ]
        == 0
    )
    with pytest.raises(ClientError, match="NoSuchEntity"):
        role.iam.get_role(RoleName=NAME)
