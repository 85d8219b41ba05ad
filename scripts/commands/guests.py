"""Who may come in: the owner's side of invites."""

import argparse
import re
import sys
import time

from handler.money import NANO, Totals
from scripts.console.arguments import between
from scripts.console.progress import Failure
from scripts.stack.connection import DeployedStack

NAME = re.compile(r"[^\W_](?:[\w .'-]{0,38}[\w.])?")


def add_to(command) -> None:
    """Declares the subcommands; `command` makes one."""
    one = command("invite", invite, "lets a person in and prints their link")
    one.add_argument("name", type=guest_name)
    one.add_argument("--days", type=between(1, 3650), default=30)
    one.add_argument("--daily", type=between(1, 10000), default=50, help="replies a day")
    command("guests", guests, "lists who may come in")
    command("revoke", revoke, "takes an invite back").add_argument("name", type=guest_name)


def invite(options: argparse.Namespace, deployed: DeployedStack) -> int:
    """Stores an invite; the link is the last line of stdout."""
    token = deployed.mint(options.name, days=options.days, daily=options.daily)
    print(
        f"{options.name} may ask {options.daily} times a day for {options.days} days. Their link:",
        file=sys.stderr,
    )
    print(deployed.link(token))
    return 0


def guests(_options: argparse.Namespace, deployed: DeployedStack) -> int:
    """One line for each invite."""
    now = time.time()
    store = deployed.store()
    found, (_, spend) = store.guests.list(now=now), store.switch.read(now=now)
    if not found:
        print("Nobody is invited yet: make invite NAME=ana", file=sys.stderr)
        return 0
    width = max(len(guest.name) for guest in found)
    for guest in found:
        until = (
            f"until {_day(guest.expires_at)}"
            if guest.expires_at > now
            else f"expired on {_day(guest.expires_at)}"
        )
        cost = spend.guests.get(guest.id, Totals()).cost / NANO
        today = f"{guest.used} of {guest.daily_limit} replies today"
        print(
            f"{guest.name:<{width}}  since {guest.created_at[:10]}  {until}  {today}  ${cost:.4f} this month"
        )
    return 0


def revoke(options: argparse.Namespace, deployed: DeployedStack) -> int:
    """Takes an invite back."""
    if not deployed.store().guests.revoke(name=options.name):
        raise Failure(f"Nobody named {options.name} is invited: make guests lists who is.")
    print(f"{options.name} may no longer come in.", file=sys.stderr)
    return 0


def guest_name(text: str) -> str:
    """1 to 40 letters, digits, spaces and . ' - _ beginning with a letter or digit."""
    if not text:
        raise argparse.ArgumentTypeError("say who it is: NAME=ana")
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no name: use 1 to 40 letters, digits, spaces and . ' - _"
        )
    return text


def _day(timestamp: int) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(timestamp))
