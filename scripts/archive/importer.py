"""An export on its way into a stack. What is there already is never touched, so a run that broke
off is run again."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from handler.store import Store
from handler.tokens import hash_token, new_token
from handler.values import Guest
from scripts.archive.parse import Archived
from scripts.archive.restored import items_of, key_of, seal_of, turns_of
from scripts.archive.table import READ, ArchiveTable

# Bytes of lines that are held at once; a single conversation may be longer.
WINDOW = 4_000_000


class Importer:
    """Counts the conversations brought, there already, and of somebody else here; `uninvited` are
    the guests who need a link."""

    def __init__(self, table: Any, store: Store):
        self._table = ArchiveTable(table)
        self._store = store
        self.brought = self.there = self.foreign = 0
        self.uninvited: list[Guest] = []

    def settle(self, guests: Iterable[Guest]) -> dict[str, str]:
        """Where each guest's conversations go: to the guest of that name, of that id, or to a new
        one of both.

        A new one is expired at first, and invited last: a run that breaks off has given nobody a
        link that was never printed."""
        now = time.time()
        owners: dict[str, str] = {}
        here = self._store.guests.list(now=now)
        by_name = {guest.name: guest for guest in here}
        by_id = {guest.id: guest for guest in here}
        for guest in guests:
            found = by_name.get(guest.name) or by_id.get(guest.id) or self._new(guest, now)
            owners[guest.id] = found.id
            if found.name == guest.name and found.expires_at <= now < guest.expires_at:
                self.uninvited.append(guest)
        return owners

    def bring(
        self,
        lines: Iterable[tuple[Archived, int]],
        owners: dict[str, str],
        step: Callable[[int], None],
    ) -> None:
        """Writes the conversations that are not there. Who was revoked before the export has no
        owner here and keeps their id."""
        for window in _windows(lines):
            self._bring([(owners.get(one.guest_id, one.guest_id), one) for one in window])
            step(len(window))

    def _new(self, guest: Guest, now: float) -> Guest:
        return self._store.guests.create(
            name=guest.name,
            token_hash=hash_token(new_token()),
            days=0,
            daily_limit=guest.daily_limit,
            now=now,
            guest_id=guest.id,
        )

    def _bring(self, window: list[tuple[str, Archived]]) -> None:
        found = self._table.found(
            key
            for guest_id, archived in window
            for key in (key_of(guest_id, archived), *turns_of(archived))
        )
        items: list[dict] = []
        seals = []
        for guest_id, archived in window:
            if _pair(key_of(guest_id, archived)) in found:
                self.there += 1
                continue
            records = [found[_pair(key)] for key in turns_of(archived) if _pair(key) in found]
            wanted = (guest_id, archived.conversation.id)
            if any((record["guest_id"], record["conversation_id"]) != wanted for record in records):
                self.foreign += 1
                continue
            attempts = {record["sk"]: int(record["attempt"]) for record in records}
            items += items_of(guest_id, archived, attempts)
            seals.append(seal_of(guest_id, archived))
        self._table.put(items)
        # A conversation is there once all that belongs to it is.
        self._table.put(seals)
        self.brought += len(seals)


def _windows(lines: Iterable[tuple[Archived, int]]) -> Iterator[list[Archived]]:
    """As many conversations as one read of their keys takes, within bounds of memory."""
    window: list[Archived] = []
    keys = size = 0
    for archived, length in lines:
        more = 1 + len(turns_of(archived))
        if window and (keys + more > READ or size + length > WINDOW):
            yield window
            window, keys, size = [], 0, 0
        window.append(archived)
        keys += more
        size += length
    if window:
        yield window


def _pair(key: dict) -> tuple[str, str]:
    return key["pk"], key["sk"]
