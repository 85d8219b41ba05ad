"""Who may come in: the owner's side of invites."""

import argparse
import time
from argparse import Namespace

from handler.money import NANO, Totals
from handler.values import GUEST_NAME
from scripts.console.arguments import Argument, between
from scripts.console.progress import Failure, say
from scripts.stack.connection import DeployedStack


def guest_name(text: str) -> str:
    """1 to 40 letters, digits, spaces and . ' - _ beginning with a letter or digit."""
    if not text:
        raise argparse.ArgumentTypeError("say who it is: NAME=ana")
    if not GUEST_NAME.fullmatch(text):
        allowed = "1 to 40 letters, digits, spaces and . ' - _"
        raise argparse.ArgumentTypeError(f"{text!r} is no name: use {allowed}")
    return text


NAME = Argument("name", "who it is", guest_name, "", positional=True)
DAYS = Argument("days", "how long the invite holds (default: 30)", between(1, 3650), "30")
DAILY = Argument("daily", "replies a day (default: 50)", between(1, 10_000), "50")
ARGUMENTS = {"invite": (NAME, DAYS, DAILY), "revoke": (NAME,)}


def invite(options: Namespace, deployed: DeployedStack) -> None:
    """Stores an invite; the link is the last line of stdout. Raises Failure."""
    token = deployed.mint(options.name, days=options.days, daily=options.daily)
    say(allowance(options.name, options.daily, options.days))
    print(deployed.link(token))


def guests(_options: Namespace, deployed: DeployedStack) -> None:
    """One line for each invite."""
    now = time.time()
    store = deployed.store()
    found, (_, spend) = store.guests.list(now=now), store.switch.read(now=now)
    if not found:
        say("Nobody is invited yet: make invite NAME=ana")
    width = max((len(guest.name) for guest in found), default=0)
    for guest in found:
        word = "until" if guest.expires_at > now else "expired on"
        until = f"{word} {time.strftime('%Y-%m-%d', time.localtime(guest.expires_at))}"
        today = f"{guest.used} of {guest.daily_limit} replies today"
        cost = spend.guests.get(guest.id, Totals()).cost / NANO
        since = f"since {guest.created_at[:10]}"
        print(f"{guest.name:<{width}}  {since}  {until}  {today}  ${cost:.4f} this month")


def revoke(options: Namespace, deployed: DeployedStack) -> None:
    """Takes an invite back. Raises Failure."""
    if not deployed.store().guests.revoke(name=options.name):
        raise Failure(f"Nobody named {options.name} is invited: make guests lists who is.")
    say(f"{options.name} may no longer come in.")


def allowance(name: str, daily: int, days: int) -> str:
    """The sentence before an invite's link."""
    return f"{name} may ask {daily} times a day for {days} days. Their link:"
