"""What AWS says when it refuses, as the AWS provider words it, and what a person reads of it."""

import json
from pathlib import Path

import pytest

from scripts.console.progress import Failure
from scripts.terraform import diagnosis
from scripts.terraform.driver import TerraformStack
from scripts.terraform.events import TerraformReport
from scripts.workspace import subprocesses
from scripts.workspace.target import StackTarget

PLACE = StackTarget("chat", "local", Path("/tmp/chat"), "http://127.0.0.1:4566")


def sentence(
    summary: str, *, detail: str = "", address: str = "module.x.aws_y.this", command: str = "deploy"
) -> str:
    report = TerraformReport(lambda _line: None)
    found = {"severity": "error", "summary": summary, "detail": detail, "address": address}
    report.line(json.dumps({"type": "diagnostic", "diagnostic": found}))
    return diagnosis.sentence(report, Path("/log"), PLACE, command)


def refused(service: str, operation: str, code: str, message: str) -> str:
    start = (
        f"operation error {service}: {operation}, exceeded maximum number of attempts, 3, "
        "https response error StatusCode: 400"
    )
    return (
        f"creating {service} thing (chat): {start}, RequestID: 1-2-3, api error {code}: {message}"
    )


@pytest.mark.parametrize(
    ("summary", "fix"),
    [
        (refused("IAM", "CreateRole", "AccessDenied", "not authorized"), "an account of your own"),
        (
            refused(
                "CloudFront",
                "CreateDistributionWithTags",
                "AccessDenied",
                "Your account must be verified",
            ),
            "cdn_enabled = false",
        ),
        (
            refused("S3", "PutBucketPolicy", "AccessDenied", "public policies are blocked"),
            "Block Public Access",
        ),
        (refused("S3", "PutBucketPolicy", "AccessDenied", "not authorized"), "have it granted"),
        (
            refused(
                "Lambda",
                "CreateFunction",
                "InvalidParameterValueException",
                "The role cannot be assumed by Lambda.",
            ),
            "wait a minute",
        ),
        (
            refused("DynamoDB", "CreateTable", "LimitExceededException", "Too many tables"),
            "Service Quotas",
        ),
        (
            refused(
                "EC2", "RunInstances", "VcpuLimitExceeded", "You have requested more vCPU capacity"
            ),
            "take a smaller INSTANCE",
        ),
        (
            refused(
                "EC2",
                "RunInstances",
                "InsufficientInstanceCapacity",
                "We do not have sufficient capacity",
            ),
            "no such machine free",
        ),
        (
            refused(
                "EC2", "RunInstances", "SpotMaxPriceTooLow", "Your Spot request price is too low"
            ),
            "leave SPOT=1 out",
        ),
        (
            refused(
                "EC2",
                "RunInstances",
                "MaxSpotInstanceCountExceeded",
                "Max spot instance count exceeded",
            ),
            "leave SPOT=1 out",
        ),
        (
            refused(
                "EC2",
                "RunInstances",
                "InvalidParameterValue",
                "Invalid value 'c8g.tiny' for InstanceType.",
            ),
            "take another INSTANCE",
        ),
        (
            refused(
                "EC2",
                "RunInstances",
                "Unsupported",
                "The requested configuration is currently not supported",
            ),
            "another INSTANCE",
        ),
        (
            refused("EC2", "RunInstances", "UnauthorizedOperation", "You are not authorized"),
            "may not start machines",
        ),
        ("no matching EC2 VPC found", "create-default-vpc"),
        (
            refused("ApiGatewayV2", "CreateApi", "TooManyRequestsException", "Too Many Requests"),
            "wait a minute",
        ),
        (
            refused("Budgets", "CreateBudget", "AccessDeniedException", "no"),
            "IAM access to billing",
        ),
        (refused("STS", "GetCallerIdentity", "ExpiredToken", "expired"), "sign in again"),
        (
            refused(
                "DynamoDB", "CreateTable", "ResourceInUseException", "Table already exists: chat"
            ),
            "make verify-gone",
        ),
        (
            "operation error SNS: CreateTopic, https response error StatusCode: 0, "
            "request send failed, dial tcp: connection refused",
            "broke",
        ),
        ("No valid credential sources found", "there are no AWS credentials"),
    ],
)
def test_a_known_cause_comes_with_what_to_do(summary, fix):
    said = sentence(summary)
    assert said.startswith("module.x.aws_y.this: ")
    assert fix in said.splitlines()[0]
    assert said.splitlines()[1] == (
        "Then run make deploy ENV=local STACK=chat again: it goes on where it stopped. "
        "Details are in /log."
    )  # fmt: skip


def test_it_names_the_call_and_awss_words_and_no_request_ids():
    said = sentence(refused("Lambda", "CreateFunction", "Strange", "so it is"))
    assert said.splitlines()[0] == "module.x.aws_y.this: CreateFunction failed: Strange: so it is."


def test_a_refusal_of_the_configuration_stays_its_own_sentence():
    said = sentence(
        "Invalid value for variable",
        detail="x must be more than 0.\n\nThis was checked by …",
        address="",
    )
    assert said.splitlines()[0] == "x must be more than 0."


def test_the_next_step_is_the_command_that_failed():
    assert "Then run make destroy ENV=local STACK=chat again" in sentence("No", command="destroy")


def test_a_held_lock_is_one_sentence():
    detail = (
        "Lock Info:\n  ID:        abc\n  Path:      x\n  Who:       ana@laptop\n"
        "  Created:   2026-11-23 01:21:09 +0000 UTC\n"
    )
    assert sentence("Error acquiring the state lock", detail=detail) == (
        "Another run is changing this stack by ana@laptop since 2026-11-23 01:21 UTC, so nothing "
        "was done: wait until it has ended, then run make deploy ENV=local STACK=chat again."
    )


def test_a_plan_that_grew_old_is_one_sentence():
    assert sentence("Saved plan is stale").startswith(
        "Somebody else changed the stack meanwhile, so nothing was done"
    )


def test_a_destroy_goes_on_once_where_what_stood_in_the_way_passes(monkeypatch, tmp_path):
    lost = refused(
        "CloudFront",
        "UpdateDistribution",
        "PreconditionFailed",
        "The precondition given evaluated to false.",
    )
    denied = refused("IAM", "DeleteRole", "AccessDenied", "not authorized")

    def destroys(*runs: str | None) -> list[str]:
        """What is said while Terraform runs into these errors, one run after the other; None runs
        into none."""
        said, left = [], list(runs)
        stack = TerraformStack(
            StackTarget("chat", "local", tmp_path, "http://127.0.0.1:4566"),
            command="destroy",
            say=said.append,
        )

        def run(_words, *, line, **_options) -> int:
            summary = left.pop(0)
            if summary:
                line(
                    json.dumps(
                        {
                            "type": "diagnostic",
                            "diagnostic": {"severity": "error", "summary": summary},
                        }
                    )
                )
            return int(bool(summary))

        monkeypatch.setattr(subprocesses, "run", run)
        stack.destroy({})
        assert not left
        return said

    [line] = destroys(lost, None)
    assert "PreconditionFailed" in line
    assert destroys(None) == []
    with pytest.raises(Failure, match="PreconditionFailed"):
        destroys(lost, lost)
    with pytest.raises(Failure, match="AccessDenied"):
        destroys(denied)
