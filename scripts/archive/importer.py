"""An export on its way into a stack, as the items that the chat would have left. What is there
already is never touched, so that an interrupted run can be repeated."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from handler.store import Store
from handler.store.keys import (
    claim_key,
    conversation_key,
    conversation_to_item,
    message_to_item,
    turn_key,
)
from handler.store.table import Item
from handler.tokens import hash_token, new_token
from handler.values import Guest
from scripts.archive.parse import Archived
from scripts.archive.table import READ, ArchiveTable, pair

# Bytes of lines that are held at once; a single conversation may be longer.
WINDOW = 4_000_000


class Importer:
    """Counts the conversations: `brought`, `there` already, and `foreign`, which are another
    guest's here. `uninvited` are the guests who need a link."""

    def __init__(self, table: Any, store: Store):
        self.brought = 0
        self.there = 0
        self.foreign = 0
        self.uninvited: list[Guest] = []
        self._table = ArchiveTable(table)
        self._store = store

    def settle(self, guests: Iterable[Guest]) -> dict[str, str]:
        """Where each guest's conversations go: to the guest of that name, of that id, or to a new
        one of both.

        A new one is expired at first, and invited last: an interrupted run has given nobody a link
        that was never printed."""
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
        """Writes the conversations that are not there. A guest who was revoked before the export
        has no owner here and keeps their id."""
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
        keys = (key for guest_id, archived in window for key in _keys(guest_id, archived))
        found = self._table.found(keys)
        items: list[Item] = []
        conversations: list[Item] = []
        for guest_id, archived in window:
            conversation, *turns = (found.get(pair(key)) for key in _keys(guest_id, archived))
            if conversation:
                self.there += 1
                continue
            records = [record for record in turns if record]
            wanted = (guest_id, archived.conversation.id)
            if any((record["guest_id"], record["conversation_id"]) != wanted for record in records):
                self.foreign += 1
                continue
            attempts = {record["sk"]: int(record["attempt"]) for record in records}
            items += _items(guest_id, archived, attempts)
            conversations.append(conversation_to_item(guest_id, archived.conversation))
        self._table.put(items)
        # A conversation is there once all that belongs to it is.
        self._table.put(conversations)
        self.brought += len(conversations)


def _windows(lines: Iterable[tuple[Archived, int]]) -> Iterator[list[Archived]]:
    """As many conversations as one read of their keys takes, within bounds of memory."""
    window: list[Archived] = []
    keys = size = 0
    for archived, length in lines:
        more = 1 + len(archived.turns)
        if window and (keys + more > READ or size + length > WINDOW):
            yield window
            window, keys, size = [], 0, 0
        window.append(archived)
        keys += more
        size += length
    if window:
        yield window


def _keys(guest_id: str, archived: Archived) -> list[Item]:
    """Those of the conversation and of its turns' records."""
    own = conversation_key(guest_id, archived.conversation.id)
    return [own, *(turn_key(turn) for turn in archived.turns)]


def _items(guest_id: str, archived: Archived, attempts: dict[str, int]) -> Iterator[Item]:
    """All but the conversation itself. `attempts` are those of the turns whose records are there:
    they stay, with what was paid here."""
    questions: dict[str, str] = {}
    for message in archived.messages:
        if message.role == "user":
            questions[message.turn] = message.id
            yield message_to_item(message)
            claimed = {"conversation_id": message.conversation_id, "reply_id": message.turn}
            yield claim_key(guest_id, message.id) | claimed
            continue
        # Nobody writes it here: left as `streaming`, the next read would look for its saved pieces
        # and find none.
        status = "failed" if message.status == "streaming" else message.status
        attempt = attempts.get(message.turn, 0)
        yield message_to_item(message) | {"status": status, "attempt": attempt}
    for turn in archived.turns:
        if turn not in attempts:
            question = questions.get(turn, "")
            yield turn_key(turn) | _closed_turn(guest_id, archived.conversation.id, question)


def _closed_turn(guest_id: str, conversation_id: str, message_id: str) -> Item:
    """What it cost was paid elsewhere: there is nothing to settle, and no attempt that counts as
    paid."""
    return {
        "guest_id": guest_id,
        "conversation_id": conversation_id,
        "message_id": message_id,
        "attempt": 0,
        "alive_until": 0,
        "closed": True,
        "model": "",
        "most_input": 0,
        "most_output": 0,
    }
