"""Who may reach, start and end a worker's machine."""

import re

from tests.support.terraform_tests import CONFIGURATION

LEASE = "worker.tftest.hcl on_there_is_one_closed_machine"


def test_nothing_is_let_in_and_nobody_logs_in():
    text = "".join(path.read_text() for path in (CONFIGURATION / "modules/worker").rglob("*.tf"))
    declared = re.findall(r'^resource "(\w+)"', text, re.MULTILINE)
    assert [
        kind
        for kind in declared
        if "ingress" in kind or kind in ("aws_security_group_rule", "aws_key_pair")
    ] == []
    assert not re.search(r"^\s*(ingress|key_name)\b", text, re.MULTILINE)


def test_the_function_has_no_right_on_machines(tested):
    policies = [
        (name, planned)
        for name, plan in tested.plans.items()
        for address, planned in plan.items()
        # Where an ARN is not known yet, the plan has no statements.
        if "module.function.data.aws_iam_policy_document.permissions" in address
        and "statement" in planned
    ]
    assert policies
    for name, planned in policies:
        actions = {action for statement in planned["statement"] for action in statement["actions"]}
        assert {action.split(":")[0] for action in actions} == {
            "logs",
            "dynamodb",
            "lambda",
            "execute-api",
            "bedrock",
            "sqs",
        }, name
        assert {action for action in actions if action.startswith("sqs:")} == {"sqs:SendMessage"}, (
            name
        )


def test_all_four_ends_are_there(tested):
    plan = tested.plans[LEASE]
    machine = plan["aws_instance.this"]
    assert machine["instance_initiated_shutdown_behavior"] == "terminate"
    boot = (CONFIGURATION / "modules/worker/lease/files/boot.sh").read_text()
    body = boot.split("\nboot() {")[1].split("\n}")[0].splitlines()
    assert [line.strip() for line in body if line.strip()][:3] == [
        'exec 2>"$RUN/errors"',
        "trap broken ERR",
        "set_timer",
    ]
    assert (
        "SuccessAction=poweroff"
        in (CONFIGURATION / "modules/worker/lease/files/forever-us-worker.service").read_text()
    )
    assert plan["aws_cloudwatch_metric_alarm.idle"]["alarm_actions"] == [
        "arn:aws:automate:sa-east-1:ec2:terminate"
    ]
    assert plan["aws_scheduler_schedule.end"]["target"][0]["arn"].endswith(
        ":ec2:terminateInstances"
    )
