"""Whether anybody is told of alarms, and which are on."""

from collections.abc import Iterator

from scripts.stack.connection import DeployedStack

# AWS's word in place of the ARN of a subscription whose mail was not opened yet (SNS API reference,
# Subscription).
PENDING, DELETED = "PendingConfirmation", "Deleted"
MAIL = "AWS Notification - Subscription Confirmation"


def alarms(deployed: DeployedStack) -> Iterator[tuple[str, bool]]:
    """What is alarming, a line each, and whether it is."""
    names = deployed.outputs.get("alarms")
    if names is None:
        yield f"this stack is older than its alarms: make deploy{deployed.target.words}", False
        return
    if not names:
        yield "none here: they are made on AWS", False
        return
    found = deployed.client("cloudwatch").describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm"]
    )["MetricAlarms"]
    alarming = [alarm for alarm in found if alarm["StateValue"] == "ALARM"]
    for alarm in alarming:
        since = alarm["StateUpdatedTimestamp"].astimezone().strftime("%Y-%m-%d %H:%M")
        # The description ends with its section of docs/operations.md.
        yield f"{alarm['AlarmName']} since {since}: {alarm.get('AlarmDescription', '')}", True
    if not alarming:
        yield f"none of {len(names)} is on", False


def readers(deployed: DeployedStack) -> Iterator[tuple[str, bool]]:
    """Who is told of alarms, a line each, and whether they are."""
    if "alarm_topic_arn" not in deployed.outputs:
        return
    pages = (
        deployed.client("sns")
        .get_paginator("list_subscriptions_by_topic")
        .paginate(TopicArn=deployed.outputs["alarm_topic_arn"])
    )
    found = [one for page in pages for one in page["Subscriptions"]]
    for one in found:
        yield _reader(one["Endpoint"], one["SubscriptionArn"], deployed)
    if not found:
        yield (
            f"nobody is told of alarms: set alert_email in settings.toml, then make deploy{deployed.target.words}",
            False,
        )


def _reader(address: str, arn: str, deployed: DeployedStack) -> tuple[str, bool]:
    if arn == PENDING:
        again = f"if two days have passed, make deploy{deployed.target.words} sends another"
        return f'{address} is not told yet: open the link in the mail "{MAIL}"; {again}', False
    if arn == DELETED:
        return (
            f"{address} has unsubscribed: run make deploy{deployed.target.words} to ask again",
            False,
        )
    return (
        f"{address} is told{', but the emulator sends no mail' if deployed.target.is_local else ''}",
        True,
    )
