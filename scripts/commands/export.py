"""`make export`: every conversation, as JSON lines and as Markdown. A whole export appears at once;
half of one never has its name."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from handler.store import Store
from handler.values import Conversation, Message, iso
from scripts.archive.lines import NAME, Lines
from scripts.archive.markdown import Shelf
from scripts.archive.table import AT_ONCE, ArchiveTable
from scripts.console.counter import Counter
from scripts.console.progress import Failure
from scripts.stack.connection import DeployedStack
from scripts.workspace import paths

# Messages that are held of a conversation.
PAGE = 200


def add_to(command) -> None:
    """Declares the subcommand; `command` makes one."""
    export = command("export", run, "writes every conversation as JSON lines and Markdown")
    export.add_argument(
        "--to",
        default="",
        help="a new folder (default: exports/STACK-TIME); - writes the JSON lines to stdout",
    )


def run(options: argparse.Namespace, deployed: DeployedStack) -> int:
    """Writes the export; the folder's name is the last line of stdout. Raises Failure."""
    now = time.time()
    export = Export(deployed, now)
    if options.to == "-":
        with _told("a reader sees by its missing last line that it is not whole"):
            export.write(Lines(sys.stdout.buffer))
            sys.stdout.buffer.flush()
        return 0
    stamp = iso(now)[:19].replace(":", "").replace("-", "") + "Z"
    target = (
        Path(options.to).expanduser()
        if options.to
        else paths.EXPORTS / f"{deployed.outputs['stack']}-{stamp}"
    )
    with (
        _told("nothing of it was kept"),
        _new_folder(target) as folder,
        (folder / NAME).open("xb") as file,
    ):
        export.write(Lines(file), folder / "markdown")
        file.flush()
        os.fsync(file.fileno())
    print(target)
    return 0


class Export:
    """One stack's conversations on their way out."""

    def __init__(self, deployed: DeployedStack, now: float):
        self._stack, self._now = deployed.outputs["stack"], now
        self._store: Store = deployed.store()
        self._table = ArchiveTable(deployed.table())

    def write(self, lines: Lines, pages_to_read: Path | None = None) -> None:
        """All lines, and the pages if there is a folder for them."""
        lines.header(self._stack, self._now)
        guests = self._store.guests.list(now=self._now)
        for guest in guests:
            lines.guest(guest)
        names = {guest.id: guest.name for guest in guests}
        shelf = Shelf(pages_to_read, names) if pages_to_read else None
        found = self._table.owners()
        pace = Counter("Exported", found.total())
        # By name; those who were revoked have none and come last.
        owners = sorted(
            found, key=lambda guest_id: (guest_id not in names, names.get(guest_id, ""), guest_id)
        )
        for guest_id, conversation, pages in self._read(owners):
            read = shelf.conversation(guest_id, conversation, pages) if shelf else pages
            lines.conversation(guest_id, conversation, read)
            pace.step()
        lines.seal()
        pace.say(
            f"Exported {lines.conversations:,} conversations with {lines.messages:,} messages in {pace.seconds:.1f} s."
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


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A folder for nobody but its owner, that gets its name when it is whole, or is removed. Raises
    Failure."""
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise Failure(f"{target} exists already: name another folder with TO=, or remove it first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-", suffix=".part"))
    try:
        yield aside
        aside.rename(target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


@contextmanager
def _told(what_is_left: str) -> Iterator[None]:
    """One sentence for an export that ends early. Raises Failure."""
    try:
        yield
    except OSError as error:
        raise Failure(
            f"The export could not be written ({error.strerror or error}); {what_is_left}."
        ) from error
    except KeyboardInterrupt:
        print(f"\nThe export was interrupted; {what_is_left}.", file=sys.stderr)
        raise
