"""Brings an export into a stack. What is there already is never touched."""

import math
import time
from argparse import Namespace

from scripts.archive.importer import Importer
from scripts.archive.source import Source, path_of
from scripts.commands.guests import allowance
from scripts.console.arguments import Argument
from scripts.console.counter import Counter
from scripts.console.progress import say
from scripts.stack.connection import DeployedStack

ARGUMENTS = {"import": (Argument("from", "the folder of an export", str, "", positional=True),)}
DAY = 86_400


def run(options: Namespace, deployed: DeployedStack) -> None:
    """Checks the whole file, brings it in, and prints a link for each guest who needs one. Raises
    Failure."""
    with path_of(getattr(options, "from")).open("rb") as file:
        source = Source(file)
        source.check()
        importer = Importer(deployed.table(), deployed.store())
        counter = Counter("Imported", source.total)
        try:
            owners = importer.settle(source.guests)
            importer.bring(source.conversations(), owners, counter.step)
        except BaseException:
            counter.say(
                f"It broke off after {importer.brought:,} conversations: the same command goes on "
                "from there."
            )
            raise
    counter.say(
        f"Imported {importer.brought:,} conversations in {counter.seconds:.1f} s; "
        f"{importer.there:,} were there already."
    )
    if importer.foreign:
        say(f"{importer.foreign:,} were left out: in this stack they are another guest's.")
    for guest in importer.uninvited:
        days = math.ceil((guest.expires_at - time.time()) / DAY)
        token = deployed.mint(guest.name, days=days, daily=guest.daily_limit)
        say(allowance(guest.name, guest.daily_limit, days))
        print(deployed.link(token), flush=True)
