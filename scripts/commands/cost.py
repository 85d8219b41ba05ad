"""What a stack has cost so far, by its own books; on request the account's bill, too."""

import calendar
import time
from argparse import Namespace
from collections.abc import Iterator

from handler.money import NANO, Spend, SpendingLimits, Totals, month_begin
from handler.values import day_of
from scripts.console.arguments import Argument
from scripts.console.formats import counted, usd
from scripts.console.progress import Failure, say
from scripts.stack import books
from scripts.stack.books import REQUEST_USD
from scripts.stack.connection import DeployedStack

AWS = Argument("aws", f"ask Cost Explorer too: AWS bills {REQUEST_USD:.2f} USD for it", bool)
CHECK = Argument("check", "add up the records of all turns and compare", bool)
ARGUMENTS = {"cost": (AWS, CHECK)}
DAYS_SHOWN = 7
BAR = 20


def run(options: Namespace, deployed: DeployedStack) -> int:
    """Prints the books; 1 if the records of the turns do not add up to them. Raises Failure."""
    if options.aws and options.env == "local":
        raise Failure("Only a stack on AWS has a bill: leave AWS=1 away, or use ENV=aws.")
    now, store = time.time(), deployed.store()
    spend = books.settled(deployed, store, now)
    names = {guest.id: guest.name for guest in store.guests.list(now=now)}
    for line in report(spend, books.limits(deployed), names, now):
        print(line)
    if options.aws:
        say(f"\nAsking Cost Explorer, which AWS bills with {REQUEST_USD:.2f} USD …")
        for line in _bill(books.bill(deployed.client("ce"), now)):
            print(line)
    if not options.check:
        return 0
    total = books.recorded(store, spend.month)
    if total == spend.total:
        print(f"\nThe records of {_replies(total)} add up to the month's total.")
        return 0
    here, there = _usd(total.cost), _usd(spend.total.cost)
    print(f"\nThe records of {_replies(total)} come to {here}, the books say {there}.")
    return 1


def report(
    spend: Spend, limits: SpendingLimits, names: dict[str, str], now: float
) -> Iterator[str]:
    """The books as lines; `names` by guest id."""
    year, month = (int(part) for part in spend.month.split("-"))
    name, total = calendar.month_name[month], spend.total
    yield f"{name} {year} (UTC), what the model cost"
    yield _bar("month", total.cost, limits.monthly)
    yield _bar("today", spend.of_day(now).cost, limits.daily)
    forecast = spend.forecast(limits, now)
    stops = ", where the limit stops it" if forecast == limits.monthly else ""
    last = calendar.monthrange(year, month)[1]
    yield f"  forecast  {_usd(forecast)} by {name} {last}, at the pace so far{stops}"
    if total.turns:
        yield f"  a reply   {_usd(total.cost // total.turns)} on average of {_replies(total)}"
    if spend.open:
        reserved = sum(entry.cost for entry in spend.open)
        yield f"  reserved  {_usd(reserved)} by {len(spend.open)} running"
    guests = [(names.get(key, "(revoked)"), totals) for key, totals in _by_cost(spend.guests)]
    yield from _table("guest", guests)
    yield from _table("model", _by_cost(spend.models))
    since = day_of(max(month_begin(now), now - (DAYS_SHOWN - 1) * 86_400))
    yield from _table("day", [part for part in sorted(spend.days.items()) if part[0] >= since])


def _bill(found: dict[str, float]) -> Iterator[str]:
    yield (
        "What AWS counted so far for these services in the whole account, before credits and tax "
        "(it lags up to a day)"
    )
    width = max(map(len, found), default=5)
    for name, amount in sorted(found.items(), key=lambda row: -row[1]):
        yield f"  {name:<{width}}  ${amount:.4f}"
    yield f"  {'all':<{width}}  ${sum(found.values()):.4f}"


def _by_cost(parts: dict[str, Totals]) -> list[tuple[str, Totals]]:
    return sorted(parts.items(), key=lambda part: -part[1].cost)


def _bar(name: str, cost: int, limit: int) -> str:
    share = cost / limit
    filled = min(BAR, round(share * BAR))
    drawn = "█" * filled + "░" * (BAR - filled)
    return f"  {name:<8}  {_usd(cost)} of {_usd(limit)}  {drawn}  {share:.0%}"


def _table(head: str, parts: list[tuple[str, Totals]]) -> Iterator[str]:
    if not parts:
        return
    width = max(len(name) for name in [head, *(name for name, _ in parts)])
    yield f"\n  {head:<{width}}  {'cost':>9}  {'replies':>8}  {'tokens in':>10}  {'out':>9}"
    for name, totals in parts:
        tokens = f"{totals.input_tokens:>10,}  {totals.output_tokens:>9,}"
        yield f"  {name:<{width}}  {_usd(totals.cost):>9}  {totals.turns:>8,}  {tokens}"


def _replies(totals: Totals) -> str:
    return counted(totals.turns, "reply", "replies")


def _usd(nanos: int) -> str:
    return usd(nanos / NANO)
