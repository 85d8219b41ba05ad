"""A stack's conversations on their way out, as lines and as pages to read."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from handler.store import Store
from handler.values import Conversation, Message
from scripts.archive.lines import Lines
from scripts.archive.markdown import Shelf
from scripts.archive.table import AT_ONCE, ArchiveTable
from scripts.console.counter import Counter

# Messages that are held of a conversation.
PAGE = 200


class Exporter:
    """Reads `table` and the store over it."""

    def __init__(self, table: Any, store: Store):
        self._table = ArchiveTable(table)
        self._store = store

    def write(self, lines: Lines, pages_to_read: Path | None = None) -> None:
        """Guests, conversations and the seal, and pages if there is a folder for them."""
        guests = self._store.guests.list(now=time.time())
        for guest in guests:
            lines.guest(guest)
        names = {guest.id: guest.name for guest in guests}
        shelf = Shelf(pages_to_read, names) if pages_to_read else None
        found = self._table.owners()
        counter = Counter("Exported", found.total())
        # By name; those who were revoked have none and come last.
        owners = sorted(found, key=lambda one: (one not in names, names.get(one, ""), one))
        for guest_id, conversation, pages in self._read(owners):
            read = shelf.conversation(guest_id, conversation, pages) if shelf else pages
            lines.conversation(guest_id, conversation, read)
            counter.step()
        lines.seal()
        counter.say(
            f"Exported {lines.conversations:,} conversations with {lines.messages:,} messages "
            f"in {counter.seconds:.1f} s."
        )

    def _read(
        self, owners: Iterable[str]
    ) -> Iterator[tuple[str, Conversation, Iterator[list[Message]]]]:
        """Every conversation with its pages of messages. What was deleted meanwhile has none, and
        is left out."""
        named = (
            (guest_id, conversation)
            for guest_id in owners
            for conversation in self._table.conversations(guest_id)
        )
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for (guest_id, conversation), (first, cursor) in _ahead(pool, self._page, named):
                if first:
                    yield guest_id, conversation, self._pages(guest_id, conversation, first, cursor)

    def _page(
        self, guest_id: str, conversation: Conversation, cursor: str | None = None
    ) -> tuple[list[Message], str | None]:
        return self._store.messages.page(
            guest_id, conversation.id, limit=PAGE, cursor=cursor, now=time.time()
        )

    def _pages(
        self, guest_id: str, conversation: Conversation, page: list[Message], cursor: str | None
    ) -> Iterator[list[Message]]:
        yield page
        while cursor:
            page, cursor = self._page(guest_id, conversation, cursor)
            yield page


def _ahead(pool: ThreadPoolExecutor, read: Callable, jobs: Iterable[tuple]) -> Iterator[tuple]:
    """Each job with its result, in order; the next few are read meanwhile, since AWS may be far
    away."""
    under_way: deque = deque()
    for job in jobs:
        under_way.append((job, pool.submit(read, *job)))
        if len(under_way) >= AT_ONCE:
            done, result = under_way.popleft()
            yield done, result.result()
    for done, result in under_way:
        yield done, result.result()
