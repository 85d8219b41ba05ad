"""An export's file, read a line at a time: first all of it to see whether it is whole, then again
to import it."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO

from handler.values import Guest
from scripts.archive import parse
from scripts.archive.lines import NAME
from scripts.archive.parse import Archived, Counts, InvalidLine
from scripts.console.counter import Counter
from scripts.console.progress import Failure

# A header is short: a file without line ends is not read into memory to see that it has none.
_HEADER = 10_000
AGAIN = "Nothing was written; make the export again."


def path_of(given: str) -> Path:
    """The file that a person means. Raises Failure."""
    if not given:
        raise Failure("Say what to import: FROM=exports/…")
    path = Path(given).expanduser()
    if path.suffix == ".md" or path.name == "markdown":
        folder = f"give the folder that holds {NAME}"
        raise Failure(f"Markdown is there to be read and cannot be imported: {folder}.")
    if path.is_dir():
        path /= NAME
    if not path.is_file():
        raise Failure(f"There is no {path}: give the folder that make export wrote.")
    return path


class Source:
    """`guests` and `total`, the number of conversations, are known once `check` has returned."""

    def __init__(self, file: BinaryIO):
        self.guests: list[Guest] = []
        self._file = file
        self._seen: set[str] = set()
        self._counts = Counts()
        self._end: Counts | None = None

    @property
    def total(self) -> int:
        return self._counts.conversations

    def check(self) -> None:
        """Reads the whole file. Raises Failure with the number of the first line that is wrong."""
        number, name, counter = 1, self._file.name, Counter("Checked")
        try:
            parse.header(parse.shape(self._file.readline(_HEADER)))
            for line in self._file:
                number += 1
                if self._end:
                    raise InvalidLine("it stands after the end")
                self._line(parse.shape(line), counter)
        except InvalidLine as problem:
            raise Failure(f"Line {number} of {name} is wrong: {problem}. {AGAIN}") from problem
        if self._end is None:
            raise Failure(f"{name} has no end: the export broke off after line {number}. {AGAIN}")
        if self._end != self._counts:
            held = ", ".join(f"{count} {kind}" for kind, count in asdict(self._counts).items())
            why = f"it holds {held}, and its last line counts others"
            raise Failure(f"{name} is not whole: {why}. {AGAIN}")

    def conversations(self) -> Iterator[tuple[Archived, int]]:
        """The conversations of a checked file, each with its line's bytes."""
        self._file.seek(0)
        for line in self._file:
            found = parse.shape(line)
            if found["type"] == "conversation":
                yield parse.conversation(found), len(line)

    def _line(self, found: dict, counter: Counter) -> None:
        held = self._counts
        match found.get("type"):
            case "guest":
                guest = parse.guest(found)
                self._once(guest.id, guest.name)
                self.guests.append(guest)
                self._counts = replace(held, guests=held.guests + 1)
            case "conversation":
                archived = parse.conversation(found)
                self._once(archived.conversation.id)
                messages = held.messages + len(archived.messages)
                self._counts = Counts(held.guests, held.conversations + 1, messages)
                counter.step()
            case "end":
                self._end = parse.end(found)
            case _:
                raise InvalidLine("`type` is not guest, conversation or end")

    def _once(self, *names: str) -> None:
        if not self._seen.isdisjoint(names):
            raise InvalidLine("it comes twice")
        self._seen.update(names)
