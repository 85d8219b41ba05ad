"""`make import`: brings an export into a stack. What is there already is never touched, so a run
that broke off is run again."""

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from handler.store import Store
from handler.tokens import hash_token, new_token
from handler.values import Guest
from scripts.archive.parse import Archived
from scripts.archive.restored import items_of, key_of, seal_of, turns_of
from scripts.archive.source import Source, path_of
from scripts.archive.table import READ, ArchiveTable
from scripts.console.counter import Counter
from scripts.stack.connection import DeployedStack

DAY = 86_400
# Bytes of lines that are held at once; a single conversation may be longer.
WINDOW = 4_000_000


def add_to(command) -> None:
    """Declares the subcommand; `command` makes one."""
    command("import", run, "brings an export into this stack").add_argument(
        "source", metavar="FROM"
    )


def run(options: argparse.Namespace, deployed: DeployedStack) -> int:
    """Checks the whole file, brings it in, and prints a link for each guest who needs one. Raises
    Failure."""
    with path_of(options.source).open("rb") as file:
        source = Source(file)
        source.check()
        arrival = Arrival(deployed.table(), deployed.store())
        pace = Counter("Imported", source.total)
        try:
            places = arrival.settle(source.guests)
            arrival.bring(source.conversations(), places, pace.step)
        except BaseException:
            pace.say(
                f"It broke off after {arrival.brought:,} conversations: the same command goes on from there."
            )
            raise
    pace.say(
        f"Imported {arrival.brought:,} conversations in {pace.seconds:.1f} s; {arrival.there:,} were there already."
    )
    if arrival.foreign:
        pace.say(f"{arrival.foreign:,} were left out: in this stack they are another guest's.")
    for guest in arrival.uninvited:
        days = math.ceil((guest.expires_at - time.time()) / DAY)
        token = deployed.mint(guest.name, days=days, daily=guest.daily_limit)
        print(
            f"{guest.name} may ask {guest.daily_limit} times a day for {days} days. Their link:",
            file=sys.stderr,
        )
        print(deployed.link(token), flush=True)
    return 0


class Arrival:
    """An export on its way in. Counts the conversations brought, there already, and of somebody
    else here."""

    def __init__(self, table, store: Store):
        self._table, self._store = ArchiveTable(table), store
        self.brought = self.there = self.foreign = 0
        self.uninvited: list[Guest] = []

    def settle(self, guests: Iterable[Guest]) -> dict[str, str]:
        """Where each guest's conversations go: to the guest of that name, of that id, or to a new
        one of both.

        A new one is expired at first, and invited last: a run that breaks off has given nobody a
        link that was never printed."""
        now, places = time.time(), {}
        here = self._store.guests.list(now=now)
        by_name, by_id = {guest.name: guest for guest in here}, {guest.id: guest for guest in here}
        for guest in guests:
            found = by_name.get(guest.name) or by_id.get(guest.id) or self._new(guest, now)
            places[guest.id] = found.id
            if found.name == guest.name and found.expires_at <= now < guest.expires_at:
                self.uninvited.append(guest)
        return places

    def _new(self, guest: Guest, now: float) -> Guest:
        return self._store.guests.create(
            name=guest.name,
            token_hash=hash_token(new_token()),
            days=0,
            daily_limit=guest.daily_limit,
            now=now,
            guest_id=guest.id,
        )

    def bring(
        self,
        lines: Iterable[tuple[Archived, int]],
        places: dict[str, str],
        step: Callable[[int], None],
    ) -> None:
        """Writes the conversations that are not there. Who was revoked before the export has no
        place and keeps their id."""
        for window in _windows(lines):
            self._bring(
                [
                    (places.get(archived.guest_id, archived.guest_id), archived)
                    for archived in window
                ]
            )
            step(len(window))

    def _bring(self, window: list[tuple[str, Archived]]) -> None:
        found = self._table.found(
            key
            for guest_id, archived in window
            for key in (key_of(guest_id, archived), *turns_of(archived))
        )
        items, seals = [], []
        for guest_id, archived in window:
            if _pair(key_of(guest_id, archived)) in found:
                self.there += 1
                continue
            records = [found[_pair(key)] for key in turns_of(archived) if _pair(key) in found]
            wanted = (guest_id, archived.conversation.id)
            if any((record["guest_id"], record["conversation_id"]) != wanted for record in records):
                self.foreign += 1
                continue
            items += items_of(
                guest_id, archived, {record["sk"]: int(record["attempt"]) for record in records}
            )
            seals.append(seal_of(guest_id, archived))
        self._table.put(items)
        # A conversation is there once all that belongs to it is.
        self._table.put(seals)
        self.brought += len(seals)


def _windows(lines: Iterable[tuple[Archived, int]]) -> Iterator[list[Archived]]:
    """As many conversations as one read of their keys takes, within bounds of memory."""
    window, keys, size = [], 0, 0
    for archived, length in lines:
        more = 1 + len(turns_of(archived))
        if window and (keys + more > READ or size + length > WINDOW):
            yield window
            window, keys, size = [], 0, 0
        window.append(archived)
        keys, size = keys + more, size + length
    if window:
        yield window


def _pair(key: dict) -> tuple[str, str]:
    return key["pk"], key["sk"]
