"""How a stack is: its switch, its spend, who is told of trouble, and the numbers of the last 24
hours."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator

from botocore.exceptions import ClientError as AwsRefusal

from handler.money import NANO
from handler.values import Switch
from scripts.console.formats import Paint, minute
from scripts.console.progress import Failure
from scripts.lease import presence
from scripts.logs import alerts, events
from scripts.logs.day import Day
from scripts.logs.lines import PATTERN, parsed
from scripts.logs.samples import HOUR, HOURS
from scripts.logs.table import table
from scripts.stack.connection import DeployedStack

# A line, and whether what it says holds.
Lines = Iterator[tuple[str, bool]]
# Each with the colours of a line that holds, and of one that does not.
PARTS = (("alarms", alerts.alarms, ("bad", "")), ("alerts", alerts.readers, ("", "warn")))


def run(_options: Namespace, deployed: DeployedStack) -> None:
    """What the table knows comes first and must be readable; what another service does not tell is
    said, and hides nothing else."""
    now, paint, outputs = time.time(), Paint(sys.stdout), deployed.outputs
    for line in books(deployed, now):
        print(line)
    print(f"page    {outputs['site_url']}")
    if url := outputs.get("dashboard_url"):
        print(f"graphs  {url}")
    for name, lines, (holding, other) in PARTS:
        for line, holds in _readable(lines, deployed):
            print(f"{name:<6}  {paint(holding if holds else other, line)}")
    more = "." if deployed.target.is_local else "; the dashboard shows the same."
    print(f"\nThe last 24 hours, from the function's log{more}")
    for line, _ in _readable(lambda deployed: numbers(deployed, now), deployed):
        print(f"  {line}")


def books(deployed: DeployedStack, now: float) -> Iterator[str]:
    """The switch, the workers, the spend and the guests, all from the table."""
    store, limits = deployed.store(), deployed.outputs
    switch, spend = store.switch.read(now=now)
    valid = [guest for guest in store.guests.list(now=now) if guest.expires_at > now]
    yield from _model(deployed, switch, now)
    month = f"${spend.total.cost / NANO:.4f} of ${limits['monthly_limit_usd']:g} this month"
    today = f"${spend.of_day(now).cost / NANO:.4f} of ${limits['daily_limit_usd']:g} today"
    yield f"spend   {month}, {today}"
    yield f"guests  {len(valid)}, {sum(guest.used for guest in valid)} replies today"


def numbers(deployed: DeployedStack, now: float) -> Lines:
    """The table of the last 24 hours."""
    read = events.read(deployed, since=now - HOURS * HOUR, until=now, pattern=PATTERN)
    for line in table(Day(parsed(read), now), emulated=deployed.target.is_local):
        yield line, True


def _model(deployed: DeployedStack, switch: Switch, now: float) -> Iterator[str]:
    """How the model and its workers are."""
    workers, is_on = presence.read(deployed.table(), now), switch.on(now)
    yield f"model   {f'on until {minute(switch.until)} ({switch.backend})' if is_on else 'off'}"
    for worker in workers:
        yield f"worker  {worker.line(now)}"
    if is_on and switch.backend == "worker" and not any(worker.alive for worker in workers):
        again = f"make llm-on{deployed.target.words} BACKEND=worker"
        yield f"worker  none is alive: {again} starts one"


def _readable(lines: Callable[[DeployedStack], Lines], deployed: DeployedStack) -> Lines:
    try:
        yield from lines(deployed)
    except AwsRefusal as refusal:
        why = f"{refusal.response['Error']['Code']} on {refusal.operation_name}"
        yield f"not known: AWS refused to tell ({why})", False
    except Failure as failure:
        yield str(failure), False
