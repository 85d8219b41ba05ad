"""A stack's conversations on their way out, as lines and as pages to read."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from handler.store import Store
from handler.values import Conversation, Message
from scripts.archive.lines import Lines
from scripts.archive.markdown import MarkdownFolder
from scripts.archive.table import AT_ONCE, ArchiveTable
from scripts.console.counter import Counter

# Messages of a conversation that are held at once.
PAGE = 200
# Messages, and where the next page begins.
Page = tuple[list[Message], str | None]


class Exporter:
    def __init__(self, table: Any, store: Store):
        self._table = ArchiveTable(table)
        self._store = store

    def write(self, lines: Lines, folder: Path | None = None) -> None:
        """Guests, conversations and the end, and the pages if there is a folder for them."""
        guests = self._store.guests.list(now=time.time())
        for guest in guests:
            lines.guest(guest)
        names = {guest.id: guest.name for guest in guests}
        markdown = MarkdownFolder(folder, names) if folder else None
        found = self._table.owners()
        counter = Counter("Exported", found.total())
        # By name; those who were revoked have none and come last.
        owners = sorted(found, key=lambda one: (one not in names, names.get(one, ""), one))
        for guest_id, conversation, pages in self._read(owners):
            if markdown:
                pages = markdown.conversation(guest_id, conversation, pages)
            lines.conversation(guest_id, conversation, pages)
            counter.step()
        lines.end()
        written = f"{lines.conversations:,} conversations with {lines.messages:,} messages"
        counter.say(f"Exported {written} in {counter.seconds:.1f} s.")

    def _read(
        self, owners: Iterable[str]
    ) -> Iterator[tuple[str, Conversation, Iterator[list[Message]]]]:
        """Every conversation with its pages of messages. One that was deleted meanwhile has none,
        and is left out."""
        named = (
            (guest_id, conversation)
            for guest_id in owners
            for conversation in self._table.conversations(guest_id)
        )
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for (guest_id, conversation), first in _ahead(pool, self._page, named):
                if first[0]:
                    yield guest_id, conversation, self._pages(guest_id, conversation, first)

    def _page(self, guest_id: str, conversation: Conversation, cursor: str | None = None) -> Page:
        return self._store.messages.page(
            guest_id, conversation.id, limit=PAGE, cursor=cursor, now=time.time()
        )

    def _pages(
        self, guest_id: str, conversation: Conversation, first: Page
    ) -> Iterator[list[Message]]:
        page, cursor = first
        yield page
        while cursor:
            page, cursor = self._page(guest_id, conversation, cursor)
            yield page


def _ahead(
    pool: ThreadPoolExecutor, read: Callable[..., Page], jobs: Iterable[tuple[str, Conversation]]
) -> Iterator[tuple[tuple[str, Conversation], Page]]:
    """Each job with its result, in order; the next few are read meanwhile, since AWS may be far
    away."""
    running: deque[tuple[tuple[str, Conversation], Future[Page]]] = deque()
    for job in jobs:
        running.append((job, pool.submit(read, *job)))
        if len(running) >= AT_ONCE:
            done, page = running.popleft()
            yield done, page.result()
    for done, page in running:
        yield done, page.result()
