"""How a stack is: its switch, its spend, who is told of trouble, and the numbers of the last 24
hours.

python -m scripts status"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator

from botocore.exceptions import ClientError as AwsRefusal

from handler.money import NANO
from scripts.commands import model
from scripts.console.formats import Paint
from scripts.console.progress import Failure
from scripts.logs import alerts, events
from scripts.logs.day import Day
from scripts.logs.graph import HOUR, HOURS
from scripts.logs.lines import PATTERN, parsed
from scripts.logs.table import table
from scripts.stack.connection import DeployedStack

Lines = Iterator[tuple[str, bool]]


def add_to(command) -> None:
    """Declares the subcommand; `command` makes one."""
    command("status", run, "says what is going on, with the numbers of the last 24 hours")


def run(_options: argparse.Namespace, deployed: DeployedStack) -> int:
    """What the table knows comes first and must be readable; what another service does not tell is
    said, and hides nothing else."""
    now, paint, outputs = time.time(), Paint(sys.stdout), deployed.outputs
    for line in books(deployed, now):
        print(line)
    print(f"page    {outputs['site_url']}")
    if url := outputs.get("dashboard_url"):
        print(f"graphs  {url}")
    for name, lines, kinds in (
        ("alarms", alerts.alarms, ("bad", "")),
        ("alerts", alerts.readers, ("", "warn")),
    ):
        for line, holds in _told(lines, deployed):
            print(f"{name:<6}  {paint(kinds[0] if holds else kinds[1], line)}")
    print(
        "\nThe last 24 hours, from the function's log"
        + ("." if deployed.target.is_local else "; the dashboard shows the same.")
    )
    for line, _ in _told(lambda deployed: numbers(deployed, now), deployed):
        print(f"  {line}")
    return 0


def books(deployed: DeployedStack, now: float) -> Iterator[str]:
    """The switch, the workers, the spend and the guests, all from the table."""
    store, limits = deployed.store(), deployed.outputs
    switch, spend = store.switch.read(now=now)
    valid = [guest for guest in store.guests.list(now=now) if guest.expires_at > now]
    yield from model.lines(deployed, switch, now)
    month, today = spend.total.cost / NANO, spend.of_day(now).cost / NANO
    yield f"spend   ${month:.4f} of ${limits['monthly_limit_usd']:g} this month, ${today:.4f} of ${limits['daily_limit_usd']:g} today"
    yield f"guests  {len(valid)}, {sum(guest.used for guest in valid)} replies today"


def numbers(deployed: DeployedStack, now: float) -> Lines:
    """The table of the last 24 hours."""
    read = events.read(deployed, since=now - HOURS * HOUR, until=now, pattern=PATTERN)
    for line in table(Day.of(parsed(read), now), emulated=deployed.target.is_local):
        yield line, True


def _told(lines: Callable[[DeployedStack], Lines], deployed: DeployedStack) -> Lines:
    try:
        yield from lines(deployed)
    except AwsRefusal as refusal:
        yield (
            f"not known: AWS refused to tell ({refusal.response['Error']['Code']} on {refusal.operation_name})",
            False,
        )
    except Failure as failure:
        yield str(failure), False
