"""The budget's kill switch, drilled on a deployed stack: its policy is attached as the budget's
action does it, and IAM is what refuses the model.

The local Bedrock runtime asks nobody for rights, so the function asks the emulator's own Bedrock,
which asks IAM at each call. The emulator has no budget actions, so the policy is attached in the
action's place."""

import time

from handler.ids import new_id
from tests.support.deployed_copy import DeployedCopy
from tests.support.faulty_proxy import FaultyProxy
from tests.support.features import StackGuest
from tests.support.function_role import FunctionRole

MODEL = "arn:aws:bedrock:us-east-1::foundation-model/mistral.mistral-7b-instruct-v0:2"
# What AWS checks for ConverseStream, and what the emulator checks for it.
ON_AWS, ON_THE_EMULATOR = "bedrock:InvokeModelWithResponseStream", "bedrock:ConverseStream"


class BudgetSwitch:
    """A stack, a guest, and the function's role; `model` is the proxy in front of Bedrock."""

    def __init__(self, stack: DeployedCopy, model: FaultyProxy):
        self.stack, self.model = stack, model
        outputs = stack.outputs_now
        stack.deployed.store().switch.switch_on(until=int(time.time()) + 3600, backend="bedrock")
        self.guest = StackGuest.invited(stack)
        stack.link = f"{outputs['site_url']}#invite={self.guest.token}"
        self.role = FunctionRole(stack)
        self.policy = outputs["deny_policy_arn"]
        self.table = f"arn:aws:dynamodb:us-east-1:000000000000:table/{outputs['table_name']}"

    def drilled(self) -> dict[str, object]:
        """All of it, step by step; what was seen."""
        # The one right that the emulator knows by another name than AWS.
        granted = {"Effect": "Allow", "Action": ON_THE_EMULATOR, "Resource": MODEL}
        planned = self.role.document
        self.role.put(planned | {"Statement": [*planned["Statement"], granted]})
        seen = {"before": self.ask(), "decisions before": self.decisions()}
        seen["alerts"] = self.alerts()
        conversation = seen["before"].get("conversation_id")
        self.fire()
        seen["decisions"] = self.decisions()
        seen["denied"] = self.ask(conversation_id=conversation)
        seen["denied over a socket"] = self.ask_over_a_socket()
        seen["history"] = self.history(conversation)
        seen["allowed"] = self.allow()
        seen["allowed again"] = self.allow()
        seen["decisions after"] = self.decisions()
        seen["after"] = self.ask(conversation_id=conversation)
        self.role.put(planned)
        return seen

    def ask(self, **more: str) -> dict:
        """One turn over HTTP: its answer, and how often the model was asked."""
        before = self.model.calls
        answer = self.guest.call("POST", "/chat", json={"text": "Say one word."} | more)
        return {
            "status": answer.status_code,
            "calls": self.model.calls - before,
        } | answer.json()

    def ask_over_a_socket(self) -> dict:
        before = self.model.calls
        with self.stack.socket() as connection:
            last = self.stack.ask(connection, new_id(), "Say one word.")[-1][1]
        return {"calls": self.model.calls - before} | last

    def fire(self) -> None:
        """What the budget's action does."""
        self.role.iam.attach_role_policy(RoleName=self.role.name, PolicyArn=self.policy)

    def decisions(self) -> dict[str, str]:
        resources = {ON_AWS: MODEL, ON_THE_EMULATOR: MODEL, "dynamodb:GetItem": self.table}
        return {
            action: self.role.decision(action, resource) for action, resource in resources.items()
        }

    def allow(self) -> str:
        return self.stack.make("llm-allow", "ENV=local", f"STACK={self.stack.name}").stderr

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
