"""What a stack has cost so far: its own books, which are exact and of this second, and on request
the account's bill, which lags.

python -m scripts cost [--aws] [--check]"""

import calendar
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from handler.chat.budget import Budget
from handler.money import NANO, Spend, SpendingLimits, Totals, month_begin
from handler.store import Store
from handler.values import day_of, month_of
from scripts.console.progress import Failure
from scripts.stack.connection import DeployedStack

DAYS_SHOWN = 7
BAR = 20
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


def add_to(command) -> None:
    """Declares the subcommand; `command` makes one."""
    cost = command("cost", run, "shows what was spent, the limits and the forecast")
    cost.add_argument(
        "--aws",
        action="store_true",
        help=f"ask Cost Explorer too: AWS bills {REQUEST_USD:.2f} USD for it",
    )
    cost.add_argument(
        "--check", action="store_true", help="add up the records of all turns and compare"
    )


def run(options: Namespace, deployed: DeployedStack) -> int:
    """Prints the books; 1 if the records of the turns do not add up to them."""
    if options.aws and options.env == "local":
        raise Failure("Only a stack on AWS has a bill: leave AWS=1 away, or use ENV=aws.")
    now, store = time.time(), deployed.store()
    spend = settled(deployed, store, now)
    limits = _limits(deployed)
    names = {guest.id: guest.name for guest in store.guests.list(now=now)}
    for line in report(spend, limits, names, now):
        print(line)
    if options.aws:
        print(
            f"\nAsking Cost Explorer, which AWS bills with {REQUEST_USD:.2f} USD …", file=sys.stderr
        )
        for line in bill(deployed.client("ce"), now):
            print(line)
    return _check(store, spend) if options.check else 0


def settled(deployed: DeployedStack, store: Store, now: float) -> Spend:
    """The month's books, after what crashed turns left open was settled, in the month before as
    well: no turn looks there any more."""
    budget = Budget(
        store, _limits(deployed), max_tokens=0, clock=lambda: now
    )  # nothing is reserved here
    budget.recover(store.ledger.read(month=month_of(month_begin(now) - 1)))
    spend = store.ledger.read(month=month_of(now))
    return store.ledger.read(month=month_of(now)) if budget.recover(spend) else spend


def report(
    spend: Spend, limits: SpendingLimits, names: dict[str, str], now: float
) -> Iterator[str]:
    """The books as lines; `names` by guest id."""
    year, month = (int(part) for part in spend.month.split("-"))
    last = calendar.monthrange(year, month)[1]
    yield f"{calendar.month_name[month]} {year} (UTC), what the model cost"
    yield _bar("month", spend.total.cost, limits.monthly)
    yield _bar("today", spend.of_day(now).cost, limits.daily)
    forecast = spend.forecast(limits, now)
    stops = ", where the limit stops it" if forecast == limits.monthly else ""
    yield f"  forecast  {_usd(forecast)} by {calendar.month_name[month]} {last}, at the pace so far{stops}"
    if spend.total.turns:
        yield f"  a reply   {_usd(spend.total.cost // spend.total.turns)} on average of {_replies(spend.total)}"
    if spend.open:
        yield f"  reserved  {_usd(sum(entry.cost for entry in spend.open))} by {len(spend.open)} running"
    yield from _table(
        "guest", [(names.get(key, "(revoked)"), totals) for key, totals in _by_cost(spend.guests)]
    )
    yield from _table("model", _by_cost(spend.models))
    since = day_of(max(month_begin(now), now - (DAYS_SHOWN - 1) * 86_400))
    yield from _table("day", [part for part in sorted(spend.days.items()) if part[0] >= since])


def bill(client, now: float) -> Iterator[str]:
    """What AWS has counted for the whole account this month by service of a stack, before credits;
    it lags up to a day."""
    found: dict[str, float] = {}
    page = {}
    while True:
        answer = client.get_cost_and_usage(
            TimePeriod={"Start": f"{month_of(now)}-01", "End": day_of(now + 86_400)},
            Granularity="MONTHLY",
            Metrics=["UnblendedCost"],
            GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
            Filter={
                "Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund", "Tax"]}}
            },
            **page,
        )
        for group in (group for result in answer["ResultsByTime"] for group in result["Groups"]):
            (name,) = group["Keys"]
            if name in SERVICES or "Bedrock" in name:
                found[name] = found.get(name, 0) + float(
                    group["Metrics"]["UnblendedCost"]["Amount"]
                )
        if not answer.get("NextPageToken"):
            break
        page = {"NextPageToken": answer["NextPageToken"]}
    yield "What AWS counted so far for these services in the whole account, before credits and tax (it lags up to a day)"
    width = max(map(len, found), default=5)
    for name, amount in sorted(found.items(), key=lambda row: -row[1]):
        yield f"  {name:<{width}}  ${amount:.4f}"
    yield f"  {'all':<{width}}  ${sum(found.values()):.4f}"


def _check(store: Store, spend: Spend) -> int:
    """Adds up the records of the month's turns. They stand under the day on which a reply's id was
    made, which for one that was asked again is an earlier day, perhaps of the month before."""
    first = datetime.strptime(f"{spend.month}-01", "%Y-%m-%d").replace(tzinfo=UTC)
    days = [(first + timedelta(days=n)).strftime("%Y-%m-%d") for n in range(-31, 31)]
    found = (
        record for day in days for _, attempts in store.turn_log.of_day(day) for record in attempts
    )
    used = [record.usage for record in found if record.usage and record.day.startswith(spend.month)]
    total = Totals(
        len(used),
        *(
            sum(getattr(usage, name) for usage in used)
            for name in ("input_tokens", "output_tokens", "cost")
        ),
    )
    if total == spend.total:
        print(f"\nThe records of {_replies(total)} add up to the month's total.")
        return 0
    print(
        f"\nThe records of {_replies(total)} come to {_usd(total.cost)}, the books say {_usd(spend.total.cost)}."
    )
    return 1


def _limits(deployed: DeployedStack) -> SpendingLimits:
    return SpendingLimits(
        *(round(deployed.outputs[name] * NANO) for name in ("monthly_limit_usd", "daily_limit_usd"))
    )


def _by_cost(parts: dict[str, Totals]) -> list[tuple[str, Totals]]:
    return sorted(parts.items(), key=lambda part: -part[1].cost)


def _bar(name: str, cost: int, limit: int) -> str:
    share = cost / limit
    filled = min(BAR, round(share * BAR))
    return f"  {name:<8}  {_usd(cost)} of {_usd(limit)}  {'█' * filled}{'░' * (BAR - filled)}  {share:.0%}"


def _table(head: str, parts: list[tuple[str, Totals]]) -> Iterator[str]:
    if not parts:
        return
    width = max(len(name) for name in [head, *(name for name, _ in parts)])
    yield f"\n  {head:<{width}}  {'cost':>9}  {'replies':>8}  {'tokens in':>10}  {'out':>9}"
    for name, totals in parts:
        yield f"  {name:<{width}}  {_usd(totals.cost):>9}  {totals.turns:>8,}  {totals.input_tokens:>10,}  {totals.output_tokens:>9,}"


def _replies(totals: Totals) -> str:
    return f"{totals.turns:,} {'reply' if totals.turns == 1 else 'replies'}"


def _usd(nanos: int) -> str:
    """Dollars with as many places as the amount is small: 12.35, 0.1235, 0.000123."""
    places = 2 if not nanos or nanos >= NANO else 4 if nanos >= NANO // 100 else 6
    return f"${nanos / NANO:.{places}f}"
