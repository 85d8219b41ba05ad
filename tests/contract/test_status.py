"""`make status`: switch, books, alarms, who is told of them, and the numbers of a day out of the
log."""

import argparse
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

from scripts.commands import status
from scripts.logs import alerts
from tests.support.deployed_stack import DeployedDouble
from tests.support.lambda_bench import hooked
from tests.support.log_lines import failed, http, probe, refused, report, turn

HOUR = 3600


@contextmanager
def subscribed(deployed: DeployedDouble, arn: str):
    one = {
        "SubscriptionArn": arn,
        "Owner": "1",
        "Protocol": "email",
        "Endpoint": "ana@example.com",
        "TopicArn": "t",
    }
    with deployed.stub("sns") as sns:
        sns.add_response("list_subscriptions_by_topic", {"Subscriptions": [one]})
        yield


def test_a_confirmed_address_is_told(deployed):
    deployed.client("sns").subscribe(
        TopicArn=deployed.outputs["alarm_topic_arn"], Protocol="email", Endpoint="ana@example.com"
    )
    assert list(alerts.readers(deployed)) == [("ana@example.com is told", True)]


def test_without_an_address_nobody_is(deployed):
    assert list(alerts.readers(deployed)) == [
        ("nobody is told of alarms: set alert_email in settings.toml, then make deploy", False)
    ]


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        (
            "PendingConfirmation",
            'ana@example.com is not told yet: open the link in the mail "AWS Notification - '
            'Subscription Confirmation"; '
            "if two days have passed, make deploy sends another",
        ),
        ("Deleted", "ana@example.com has unsubscribed: run make deploy to ask again"),
    ],
)
def test_an_address_that_never_answered_or_left_is_not(deployed, arn, said):
    with subscribed(deployed, arn):
        assert list(alerts.readers(deployed)) == [(said, False)]


def test_an_alarm_that_is_on_names_its_section_of_the_handbook(deployed):
    cloudwatch = deployed.client("cloudwatch")
    for name in ("failures", "slow"):
        cloudwatch.put_metric_alarm(
            AlarmName=f"chat-{name}",
            AlarmDescription=f"Something. What to do: docs/operations.md#alarm-{name}",
            Namespace="ForeverUs",
            MetricName="Failed",
            Statistic="Average",
            Period=300,
            EvaluationPeriods=1,
            Threshold=0.05,
            ComparisonOperator="GreaterThanThreshold",
        )
    assert list(alerts.alarms(deployed)) == [("none of 2 is on", False)]
    cloudwatch.set_alarm_state(AlarmName="chat-failures", StateValue="ALARM", StateReason="a drill")
    ((said, on),) = alerts.alarms(deployed)
    assert on
    assert said.startswith("chat-failures since 20")
    assert said.endswith(": Something. What to do: docs/operations.md#alarm-failures")


def test_the_numbers_of_a_day_stand_beneath_the_books(deployed, run):
    deployed.log(turn(FirstDelta=1_000, ReplyTime=4_000), ago=3 * HOUR)
    deployed.log(
        turn(),
        failed("model_busy"),
        failed("internal", error="KeyError"),
        refused(),
        http(),
        probe(),
        report(90),
        report(70),
    )
    said, _ = run(status.run)
    assert [line.split()[0] for line in said[:6]] == [
        "model",
        "spend",
        "guests",
        "page",
        "alarms",
        "alerts",
    ]
    day = "\n".join(said[8:])
    assert [(line[2:14].rstrip(), line[14:25].strip()) for line in said[9:]] == [
        ("replies", "4"),
        ("refused", "1"),
        ("failed", "50.0%"),
        ("availability", "60.0%"),
        ("first words", "800 ms"),
        ("whole reply", "2.81 s"),
        ("cost", "$0.000480"),
        ("errors", "1"),
        ("memory", "90 MB"),
    ]
    assert "mean; p50 800 ms, p95 980 ms" in day
    assert f"{'·' * 20}▃··█" in said[9]
    assert said[9].endswith("today, 2 HTTP calls")
    assert "model_busy 1, internal 1" in day
    assert "quota_exceeded 1" in day
    assert "bedrock: the first choice answered, of 5 replies and probes" in day
    assert "tokens: 2,400 in, 600 out" in day
    assert "most, of 128 MB; mean 80 MB" in day


def test_an_empty_day_says_what_that_means(run):
    said, _ = run(status.run)
    day = "\n".join(said)
    assert "neither a reply nor a probe: the model was off" in day
    assert "no invocation was reported" in day


def test_one_service_that_refuses_hides_nothing_else(deployed, run):
    with deployed.stub("sns") as sns:
        sns.add_client_error("list_subscriptions_by_topic", "AuthorizationError")
        said, _ = run(status.run)
    assert (
        "alerts  not known: AWS refused to tell (AuthorizationError on ListSubscriptionsByTopic)"
        in said
    )
    assert "availability" in said[-6]


def test_a_log_that_is_gone_hides_nothing_else(deployed, run):
    deployed.outputs["log_group"] = "/aws/lambda/gone"
    said, _ = run(status.run)
    assert said[0].startswith("model   on until")
    assert (
        said[-1]
        == "  The log group /aws/lambda/gone is gone: run make deploy, which makes it again."
    )


def test_a_table_that_does_not_answer_is_an_error(deployed):
    def refuse(**_) -> None:
        raise ClientError({"Error": {"Code": "no"}}, "BatchGetItem")

    with hooked(deployed.table(), refuse, "BatchGetItem"), pytest.raises(ClientError):
        status.run(argparse.Namespace(), deployed)
