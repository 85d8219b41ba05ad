"""Each alarm, as it is planned, is driven into ALARM and back by data in the emulator, and SNS
tells of both.

The emulator weighs an alarm when data comes in, over its whole window at once and whatever the
dimensions; tests/infra/test_alarms.py evaluates the same alarms as CloudWatch does. It takes no
metrics from log lines, so the data comes from here."""

import json
import time
from datetime import UTC, datetime

import boto3
import pytest

from tests.support.waiting import until

# Seconds for which bad data stays within its window: it must have come in by then. An alarm without
# data stays as it is.
LINGER = 12
# What sets each off, and what ends it: (how often, value).
DRILLS = {
    "failures": ([(94, 0), (6, 1)], [(10, 0)]),
    "slow": ([(90, 400), (10, 3_500)], [(10, 400)]),
    "spend": ([(1, 0.81)], [(1, 0.01)]),
    "errors": ([(1, 1)], [(1, 0)]),
    "throttles": ([(1, 1)], [(1, 0)]),
    "dead-letters": ([(1, 1)], [(1, 0)]),
}


class PlannedAlarms:
    """The stack's alarms as they are planned for AWS, and a reader of what they tell."""

    def __init__(self, endpoint: str, planned: list[dict]):
        self.cloudwatch, self.sqs, sns = (
            boto3.client(name, endpoint_url=endpoint) for name in ("cloudwatch", "sqs", "sns")
        )
        topic = sns.create_topic(Name="chat-alarms")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="alarm-reader")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        for alarm in planned:
            self.cloudwatch.put_metric_alarm(
                **_wire(alarm), AlarmActions=[topic], OKActions=[topic]
            )
        self.name = "chat"
        self.told: list[tuple[str, str]] = []

    def alarms(self) -> dict[str, dict]:
        found = self.cloudwatch.describe_alarms(AlarmNamePrefix=f"{self.name}-")["MetricAlarms"]
        return {alarm["AlarmName"].removeprefix(f"{self.name}-"): alarm for alarm in found}

    def put(self, alarm: dict, values: list[tuple[int, float]], at: float) -> None:
        """The metric that the alarm looks at, as it looks at it."""
        one = {
            "MetricName": alarm["MetricName"],
            "Dimensions": alarm["Dimensions"],
            "Timestamp": datetime.fromtimestamp(at, UTC),
        }
        data = one | {
            "Values": [value for _, value in values],
            "Counts": [number for number, _ in values],
        }
        self.cloudwatch.put_metric_data(Namespace=alarm["Namespace"], MetricData=[data])

    def states(self) -> dict[str, str]:
        return {name: alarm["StateValue"] for name, alarm in self.alarms().items()}

    def read_told(self) -> list[tuple[str, str]]:
        """All that SNS has told so far: alarm and state."""
        found = self.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        for message in found.get("Messages", []):
            said = json.loads(json.loads(message["Body"])["Message"])
            name = said["AlarmName"].removeprefix(f"{self.name}-")
            self.told.append((name, said["NewStateValue"]))
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return self.told


def _wire(alarm: dict) -> dict:
    """A planned alarm as PutMetricAlarm takes it."""
    names = {
        "alarm_name": "AlarmName",
        "alarm_description": "AlarmDescription",
        "namespace": "Namespace",
        "metric_name": "MetricName",
        "statistic": "Statistic",
        "extended_statistic": "ExtendedStatistic",
        "comparison_operator": "ComparisonOperator",
        "threshold": "Threshold",
        "period": "Period",
        "evaluation_periods": "EvaluationPeriods",
        "treat_missing_data": "TreatMissingData",
    }
    given = {
        wired: alarm[planned] for planned, wired in names.items() if alarm[planned] is not None
    }
    return given | {
        "Dimensions": [
            {"Name": name, "Value": value} for name, value in alarm["dimensions"].items()
        ]
    }


@pytest.fixture(scope="module")
def alarms_of_stack(bare_aws, tested) -> PlannedAlarms:
    plan = tested.plans["alarms.tftest.hcl without_a_worker_there_are_six"]
    return PlannedAlarms(
        bare_aws,
        [
            alarm
            for address, alarm in plan.items()
            if ".aws_cloudwatch_metric_alarm." in f".{address}"
        ],
    )


@pytest.fixture(scope="module")
def drilled(alarms_of_stack) -> dict[str, dict[str, str]]:
    """The states with the bad data and after it."""
    alarms, seen = alarms_of_stack.alarms(), {}
    for name, (bad, _) in DRILLS.items():
        alarm = alarms[name]
        window = alarm["Period"] * alarm["EvaluationPeriods"]
        alarms_of_stack.put(alarm, bad, time.time() - window + LINGER)
    seen["bad"] = alarms_of_stack.states()
    time.sleep(LINGER + 1)
    for name, (_, good) in DRILLS.items():
        alarms_of_stack.put(alarms[name], good, time.time())
    seen["good"] = alarms_of_stack.states()
    until(
        lambda: len(alarms_of_stack.read_told()) >= 2 * len(DRILLS),
        lambda: f"SNS has told of each alarm twice; it told {alarms_of_stack.told}",
        240,
    )
    return seen


def test_every_alarm_is_drilled(alarms_of_stack):
    assert set(alarms_of_stack.alarms()) == set(DRILLS)


def test_bad_data_sets_each_off(drilled):
    assert drilled["bad"] == dict.fromkeys(DRILLS, "ALARM")


def test_good_data_ends_each(drilled):
    assert drilled["good"] == dict.fromkeys(DRILLS, "OK")


def test_each_is_told_when_it_begins_and_when_it_is_over(drilled, alarms_of_stack):
    expected = [(name, state) for name in DRILLS for state in ("ALARM", "OK")]
    # SNS keeps no order.
    assert sorted(alarms_of_stack.told) == sorted(expected)
