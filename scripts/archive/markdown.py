"""Conversations as pages to read: a folder for each guest, a Markdown file for each conversation."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from handler.values import Conversation, Message
from scripts.archive.names import safe

# What is said of a reply that did not come to its end by itself.
_ENDS = {
    "streaming": "still being written",
    "stopped": "stopped",
    "truncated": "cut off at its longest",
    "failed": "failed here",
}
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")


class Shelf:
    """The folder. `names` are the guests' by id; who is not among them was revoked."""

    def __init__(self, folder: Path, names: dict[str, str]):
        self._folder, self._names = folder, names
        self._folders: dict[str, Path] = {}
        folder.mkdir()

    def conversation(
        self, guest_id: str, conversation: Conversation, pages: Iterable[list[Message]]
    ) -> Iterator[list[Message]]:
        """Writes the file while the pages go by."""
        with self._file(self._of(guest_id), conversation) as file:
            name = self._names.get(guest_id, "former guest")
            file.write(
                f"# {_one_line(conversation.title)}\n\n{name}, {_minute(conversation.created_at)} UTC\n"
            )
            for page in pages:
                file.writelines(_section(message, name) for message in page)
                yield page

    def _of(self, guest_id: str) -> Path:
        """The guest's own folder; two names may look the same to a file system."""
        if guest_id not in self._folders:
            short = guest_id[-6:]
            name = safe(self._names.get(guest_id, f"former guest {short}"), f"guest {short}")
            taken = {path.name.casefold() for path in self._folders.values()}
            folder = self._folder / (f"{name} ({guest_id})" if name.casefold() in taken else name)
            folder.mkdir()
            self._folders[guest_id] = folder
        return self._folders[guest_id]

    def _file(self, folder: Path, conversation: Conversation) -> TextIO:
        """A new file; the file system itself says which names it takes for the same."""
        name = safe(
            f"{conversation.created_at[:10]} {safe(conversation.title, 'untitled')}", "untitled"
        )
        try:
            return (folder / f"{name}.md").open("x", encoding="utf-8", newline="\n")
        except FileExistsError:
            return (folder / f"{name} ({conversation.id}).md").open(
                "x", encoding="utf-8", newline="\n"
            )


def _section(message: Message, name: str) -> str:
    if message.role == "user":
        quoted = "\n".join(f"> {line}".rstrip() for line in message.text.splitlines())
        return f"\n## {name}, {_minute(message.created_at)}\n\n{quoted}\n"
    end = f"\n*({_ENDS[message.status]})*\n" if message.status in _ENDS else ""
    return f"\n## {message.model or 'reply'}\n\n{_closed(message.text)}\n{end}"


def _closed(text: str) -> str:
    """The text with its last block of code closed: a reply that was cut would take the rest of the
    page into it."""
    fence = ""
    for line in text.splitlines():
        found = _FENCE.fullmatch(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not found[2].strip():
            fence = ""
    return f"{text}\n{fence}" if fence else text


def _minute(stamp: str) -> str:
    return stamp[:16].replace("T", " ")


def _one_line(text: str) -> str:
    return " ".join(text.split())
