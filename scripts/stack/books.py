"""What a stack has cost: its own books, which are exact and of this second, and the account's bill,
which lags."""

from datetime import UTC, datetime, timedelta
from typing import Any

from handler.chat.budget import Budget
from handler.money import NANO, Spend, SpendingLimits, Totals, month_begin
from handler.store import Store
from handler.values import day_of, month_of
from scripts.stack.connection import DeployedStack

# Names by which Cost Explorer's SERVICE dimension calls what a stack uses; a model may be billed
# under a name of its own.
SERVICES = {
    "AWS Lambda",
    "Amazon API Gateway",
    "Amazon CloudFront",
    "Amazon DynamoDB",
    "Amazon Elastic Compute Cloud - Compute",
    "Amazon Simple Notification Service",
    "Amazon Simple Queue Service",
    "Amazon Simple Storage Service",
    "AmazonCloudWatch",
    "EC2 - Other",
}
# AWS bills each request to Cost Explorer's API
# (aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing).
REQUEST_USD = 0.01
NOT_BILLED = {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund", "Tax"]}}


def limits(deployed: DeployedStack) -> SpendingLimits:
    monthly, daily = (
        round(deployed.outputs[name] * NANO) for name in ("monthly_limit_usd", "daily_limit_usd")
    )
    return SpendingLimits(monthly, daily)


def settled(deployed: DeployedStack, store: Store, now: float) -> Spend:
    """The month's books, after what crashed turns left open was settled, in the month before as
    well: no turn looks there any more."""
    # Nothing is reserved here.
    budget = Budget(store, limits(deployed), max_tokens=0, clock=lambda: now)
    budget.recover(store.ledger.read(month=month_of(month_begin(now) - 1)))
    spend = store.ledger.read(month=month_of(now))
    return store.ledger.read(month=month_of(now)) if budget.recover(spend) else spend


def recorded(store: Store, month: str) -> Totals:
    """What the records of the month's turns add up to. They stand under the day on which a reply's
    id was made, which for one that was asked again is an earlier day, perhaps of the month before.
    """
    first = datetime.strptime(f"{month}-01", "%Y-%m-%d").replace(tzinfo=UTC)
    days = [(first + timedelta(days=n)).strftime("%Y-%m-%d") for n in range(-31, 31)]
    used = [
        record.usage
        for day in days
        for _, attempts in store.turn_log.of_day(day)
        for record in attempts
        if record.usage and record.day.startswith(month)
    ]
    return Totals(
        len(used),
        sum(usage.input_tokens for usage in used),
        sum(usage.output_tokens for usage in used),
        sum(usage.cost for usage in used),
    )


def bill(client: Any, now: float) -> dict[str, float]:
    """US dollars by service of a stack, as AWS has counted them for the whole account this month,
    before credits and tax."""
    wanted = {
        "TimePeriod": {"Start": f"{month_of(now)}-01", "End": day_of(now + 86_400)},
        "Granularity": "MONTHLY",
        "Metrics": ["UnblendedCost"],
        "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
        "Filter": {"Not": NOT_BILLED},
    }
    found: dict[str, float] = {}
    while True:
        answer = client.get_cost_and_usage(**wanted)
        for group in (group for result in answer["ResultsByTime"] for group in result["Groups"]):
            (name,) = group["Keys"]
            if name in SERVICES or "Bedrock" in name:
                amount = float(group["Metrics"]["UnblendedCost"]["Amount"])
                found[name] = found.get(name, 0) + amount
        if not answer.get("NextPageToken"):
            return found
        wanted["NextPageToken"] = answer["NextPageToken"]
