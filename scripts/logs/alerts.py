"""Which alarms are on, and who gets their mails."""

from collections.abc import Iterator

from scripts.stack.connection import DeployedStack

# AWS's words in place of the ARN of a subscription that was never confirmed, or that was cancelled
# (SNS API reference, Subscription).
PENDING, DELETED = "PendingConfirmation", "Deleted"
MAIL = "AWS Notification - Subscription Confirmation"


def alarms(deployed: DeployedStack) -> Iterator[tuple[str, bool]]:
    """A line for each alarm that is on, and whether that is what the line says."""
    names = deployed.outputs.get("alarms")
    if names is None:
        yield f"this stack is older than its alarms: make deploy{deployed.target.words}", False
        return
    if not names:
        yield "none here: they are made on AWS", False
        return
    client = deployed.client("cloudwatch")
    found = client.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    alarming = [alarm for alarm in found if alarm["StateValue"] == "ALARM"]
    for alarm in alarming:
        since = alarm["StateUpdatedTimestamp"].astimezone().strftime("%Y-%m-%d %H:%M")
        # The description ends with its section of the handbook.
        yield f"{alarm['AlarmName']} since {since}: {alarm.get('AlarmDescription', '')}", True
    if not alarming:
        yield f"none of {len(names)} is on", False


def readers(deployed: DeployedStack) -> Iterator[tuple[str, bool]]:
    """A line for each subscriber, and whether mails reach them."""
    if "alarm_topic_arn" not in deployed.outputs:
        return
    listing = deployed.client("sns").get_paginator("list_subscriptions_by_topic")
    pages = listing.paginate(TopicArn=deployed.outputs["alarm_topic_arn"])
    found = [one for page in pages for one in page["Subscriptions"]]
    for one in found:
        yield _reader(one["Endpoint"], one["SubscriptionArn"], deployed)
    if not found:
        deploy = f"make deploy{deployed.target.words}"
        yield f"nobody is told of alarms: set alert_email in settings.toml, then {deploy}", False


def _reader(address: str, arn: str, deployed: DeployedStack) -> tuple[str, bool]:
    deploy = f"make deploy{deployed.target.words}"
    if arn == PENDING:
        again = f"if two days have passed, {deploy} sends another"
        return f'{address} is not told yet: open the link in the mail "{MAIL}"; {again}', False
    if arn == DELETED:
        return f"{address} has unsubscribed: run {deploy} to ask again", False
    doubt = ", but the emulator sends no mail" if deployed.target.is_local else ""
    return f"{address} is told{doubt}", True
