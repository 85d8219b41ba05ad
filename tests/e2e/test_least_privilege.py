"""Each action of the function's role carries something: without it just these features fail, and
nothing else.

The emulator checks the role at each call, as AWS does, so a policy that is put counts for the next
request, also in warm workers. Two things it does not check: a log line (it writes the function's
output itself) and the model (the local Bedrock runtime asks nobody for rights). Those actions are
held against AWS's documentation, and against the emulator's policy simulator on the very resource.
"""

import time
from pathlib import Path

import pytest

from handler.models import bedrock
from tests.support.features import FEATURES, failing
from tests.support.function_role import FunctionRole

TABLE = Path(__file__).parents[2] / "build/iam-matrix.md"

WITHOUT_THE_MODEL = {"chat", "socket: told", "socket: kept", "completion"}
WITHOUT_THE_DOOR = WITHOUT_THE_MODEL | {"job"}
WITHOUT_DELETION = {"delete", "delete all"}

# What fails without each action.
CARRIES = {
    # The door reads the guest, every route after it an item of theirs.
    "dynamodb:GetItem": set(FEATURES) - {"health", "log line"},
    # Switch and spend in one read.
    "dynamodb:BatchGetItem": {"me"} | WITHOUT_THE_DOOR,
    "dynamodb:Query": {"list conversations", "list messages"} | WITHOUT_DELETION,
    # A turn leaves its record first, and opens in one transaction, which is checked as the puts and
    # updates in it.
    "dynamodb:PutItem": WITHOUT_THE_DOOR,
    # The door counts the turn.
    "dynamodb:UpdateItem": {"stop", "rename"} | WITHOUT_THE_DOOR,
    # Messages go in batches, their conversation after them by itself.
    "dynamodb:BatchWriteItem": WITHOUT_DELETION,
    "dynamodb:DeleteItem": WITHOUT_DELETION,
    "lambda:InvokeFunction": {"socket: told", "socket: kept"},
    "execute-api:ManageConnections": {"socket: told"},
    "sqs:SendMessage": {"job"},
}

# What the emulator leaves unchecked: the features that fail on AWS, a resource that the action is
# asked on there, and who says so. bedrock:ApplyGuardrail is not here: this stack has no guardrail,
# and its role no right to one.
DOCUMENTED = {
    # Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs": both of them.
    "logs:CreateLogStream": (
        {"log line"},
        "arn:aws:logs:{region}:{account}:log-group:{log_group}:log-stream:2026/11/22/[$LATEST]0",
    ),
    "logs:PutLogEvents": (
        {"log line"},
        "arn:aws:logs:{region}:{account}:log-group:{log_group}:log-stream:2026/11/22/[$LATEST]0",
    ),
    # Bedrock API reference, ConverseStream: "This operation requires permission for the
    # bedrock:InvokeModelWithResponseStream action."
    "bedrock:InvokeModelWithResponseStream": (
        WITHOUT_THE_MODEL,
        "arn:aws:bedrock:{region}::foundation-model/{model_id}",
    ),
}


@pytest.fixture(scope="module")
def role(stack):
    """The role, as it was before when the tests are over."""
    role = FunctionRole(stack)
    yield role
    role.put(role.document)


@pytest.fixture(scope="module")
def matrix(stack, role) -> dict[str, set[str]]:
    """By action, what failed without it; under "nothing", what failed with all of them."""
    began, found = time.monotonic(), {"nothing": failing(stack)}
    for action in role.actions:
        role.put(role.without(action))
        found[action] = failing(stack)
    role.put(role.document)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(as_table(found))
    print(TABLE.read_text(), f"{time.monotonic() - began:.0f} s")
    return found


def as_table(found: dict[str, set[str]]) -> str:
    """The matrix in Markdown: ✗ where the test saw it fail, (✗) where it fails on AWS."""
    lines = ["| without | " + " | ".join(FEATURES) + " |", "|---" * (len(FEATURES) + 1) + "|"]
    for action, failed in found.items():
        documented = DOCUMENTED.get(action, (set(),))[0]
        cells = [
            "✗" if name in failed else "(✗)" if name in documented else "" for name in FEATURES
        ]
        lines.append(f"| `{action}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def test_everything_works_with_the_whole_policy(matrix):
    assert matrix["nothing"] == set()


def test_every_action_has_a_row(role):
    assert role.actions == sorted(CARRIES | DOCUMENTED)


@pytest.mark.parametrize("action", CARRIES)
def test_without_an_action_just_its_features_fail(matrix, action):
    assert matrix[action] == CARRIES[action]


@pytest.mark.parametrize("action", DOCUMENTED)
def test_an_action_that_the_emulator_does_not_check_is_granted_where_aws_asks_for_it(
    stack, role, matrix, action
):
    features, pattern = DOCUMENTED[action]
    assert features
    # Once the emulator checks it, its row belongs above.
    assert matrix[action] == set()
    outputs = stack.outputs_now
    resource = pattern.format(account=role.arn.split(":")[4], **outputs)
    assert role.may(action, resource)
    assert not role.may(
        action,
        resource.replace(outputs["log_group"], "/aws/lambda/another").replace(
            outputs["model_id"], "another.model"
        ),
    )


def test_the_model_is_asked_with_the_one_operation_that_the_role_is_granted():
    source = Path(bedrock.__file__).read_text()
    assert source.count("_client.") == source.count("_client.converse_stream(") > 0
