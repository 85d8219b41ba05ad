"""How a stack is: its switch, its spend, its alarms, and the numbers of the last 24 hours."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator

from botocore.exceptions import ClientError

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


def run(_options: Namespace, deployed: DeployedStack) -> None:
    """What the table knows comes first and must be readable; another service that does not answer
    is named, and hides nothing else."""
    now, paint, outputs = time.time(), Paint(sys.stdout), deployed.outputs
    for text in _books(deployed, now):
        print(text)
    print(f"page    {outputs['site_url']}")
    if url := outputs.get("dashboard_url"):
        print(f"graphs  {url}")
    for line, is_on in _answers(alerts.alarms, deployed):
        print(f"alarms  {paint('bad' if is_on else '', line)}")
    for line, is_told in _answers(alerts.readers, deployed):
        print(f"alerts  {paint('' if is_told else 'warn', line)}")
    same = "" if deployed.target.is_local else "; the dashboard shows the same"
    print(f"\nThe last 24 hours, from the function's log{same}.")
    for line, _ in _answers(lambda deployed: _numbers(deployed, now), deployed):
        print(f"  {line}")


def _books(deployed: DeployedStack, now: float) -> Iterator[str]:
    """The switch, the workers, the spend and the guests, all from the table."""
    store, limits = deployed.store(), deployed.outputs
    switch, spend = store.switch.read(now=now)
    valid = [guest for guest in store.guests.list(now=now) if guest.expires_at > now]
    yield from _model(deployed, switch, now)
    month, today = spend.total.cost / NANO, spend.of_day(now).cost / NANO
    monthly, daily = limits["monthly_limit_usd"], limits["daily_limit_usd"]
    yield f"spend   ${month:.4f} of ${monthly:g} this month, ${today:.4f} of ${daily:g} today"
    yield f"guests  {len(valid)}, {sum(guest.used for guest in valid)} replies today"


def _model(deployed: DeployedStack, switch: Switch, now: float) -> Iterator[str]:
    """How the model and its workers are."""
    workers, is_on = presence.read(deployed.table(), now), switch.on(now)
    yield f"model   {f'on until {minute(switch.until)} ({switch.backend})' if is_on else 'off'}"
    for worker in workers:
        yield f"worker  {worker.line(now)}"
    if is_on and switch.backend == "worker" and not any(worker.alive for worker in workers):
        again = f"make llm-on{deployed.target.words} BACKEND=worker"
        yield f"worker  none is alive: {again} starts one"


def _numbers(deployed: DeployedStack, now: float) -> Lines:
    read = events.read(deployed, since=now - HOURS * HOUR, until=now, pattern=PATTERN)
    for line in table(Day(parsed(read), now), emulated=deployed.target.is_local):
        yield line, True


def _answers(lines: Callable[[DeployedStack], Lines], deployed: DeployedStack) -> Lines:
    try:
        yield from lines(deployed)
    except ClientError as refusal:
        code, operation = refusal.response["Error"]["Code"], refusal.operation_name
        yield f"not known: AWS refused to tell ({code} on {operation})", False
    except Failure as failure:
        yield str(failure), False
