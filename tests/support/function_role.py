"""The function's role in a running stack: its policy, and what it may do."""

import json

from tests.support.local_stack import LocalStack


class FunctionRole:
    def __init__(self, stack: LocalStack):
        self.iam = stack.deployed.client("iam")
        function = stack.deployed.client("lambda").get_function(
            FunctionName=stack.outputs_now["function_name"]
        )
        self.arn = function["Configuration"]["Role"]
        self.name = self.arn.rsplit("/", 1)[1]
        (self.policy,) = self.iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        self.document = self.iam.get_role_policy(RoleName=self.name, PolicyName=self.policy)[
            "PolicyDocument"
        ]

    @property
    def actions(self) -> list[str]:
        return sorted(
            action
            for statement in self.document["Statement"]
            for action in _listed(statement["Action"])
        )

    def put(self, document: dict) -> None:
        self.iam.put_role_policy(
            RoleName=self.name, PolicyName=self.policy, PolicyDocument=json.dumps(document)
        )

    def without(self, action: str) -> dict:
        """The policy without one action."""
        statements = [
            s | {"Action": [a for a in _listed(s["Action"]) if a != action]}
            for s in self.document["Statement"]
        ]
        return self.document | {
            "Statement": [statement for statement in statements if statement["Action"]]
        }

    def may(self, action: str, resource: str) -> bool:
        return self.decision(action, resource) == "allowed"

    def decision(self, action: str, resource: str) -> str:
        """What the emulator's policy simulator says: allowed, implicitDeny or explicitDeny."""
        asked = {"PolicySourceArn": self.arn, "ActionNames": [action], "ResourceArns": [resource]}
        return self.iam.simulate_principal_policy(**asked)["EvaluationResults"][0]["EvalDecision"]


def _listed(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions
