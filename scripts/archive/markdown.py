"""Conversations as pages to read: a folder for each guest, a Markdown file for each conversation.
Their names are safe for every file system, whatever was written."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from handler.text import whole
from handler.values import Conversation, Message

# How a reply ended that is not complete.
_ENDS = {
    "streaming": "still being written",
    "stopped": "stopped",
    "truncated": "cut off at its longest",
    "failed": "failed here",
}
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")
# What Windows and macOS refuse, and what separates a path anywhere.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_RESERVED = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE
)
# Controls, halves of surrogates, private and unassigned characters, and what turns or hides text;
# joiners belong to a script.
_INVISIBLE, _JOINERS = {"Cc", "Cf", "Cn", "Co", "Cs"}, "\u200c\u200d"
# Bytes of UTF-8 in a name; a file system takes 255, an encrypted one 143.
_LONGEST = 100


class MarkdownFolder:
    """Makes `folder`. `names` are the guests' by id; a guest who is not there was revoked."""

    def __init__(self, folder: Path, names: dict[str, str]):
        self._folder = folder
        self._names = names
        self._folders: dict[str, Path] = {}
        folder.mkdir()

    def conversation(
        self, guest_id: str, conversation: Conversation, pages: Iterable[list[Message]]
    ) -> Iterator[list[Message]]:
        """Writes the file while the pages go by."""
        name = self._names.get(guest_id, "former guest")
        title = " ".join(conversation.title.split())
        with _new_file(self._folder_of(guest_id), conversation) as file:
            file.write(f"# {title}\n\n{name}, {_minute(conversation.created_at)} UTC\n")
            for page in pages:
                file.writelines(_section(message, name) for message in page)
                yield page

    def _folder_of(self, guest_id: str) -> Path:
        """The guest's own; two names may look the same to a file system."""
        if guest_id not in self._folders:
            short = guest_id[-6:]
            name = safe(self._names.get(guest_id, f"former guest {short}"), f"guest {short}")
            taken = {path.name.casefold() for path in self._folders.values()}
            folder = self._folder / (f"{name} ({guest_id})" if name.casefold() in taken else name)
            folder.mkdir()
            self._folders[guest_id] = folder
        return self._folders[guest_id]


def safe(text: str, otherwise: str) -> str:
    """`text` as one component of a path; `otherwise` if nothing of it is left."""
    shown = "".join(
        " " if unicodedata.category(one) in _INVISIBLE and one not in _JOINERS else one
        for one in unicodedata.normalize("NFC", text)
    )
    name = " ".join(_FORBIDDEN.sub(" ", shown).split()).strip(" .-~" + _JOINERS)
    if len(name.encode()) > _LONGEST:
        cut = name.encode()[:_LONGEST].decode(errors="ignore")
        name = cut[: whole(cut)] or cut
    name = name.rstrip(" .")
    if not name:
        return otherwise
    return f"{name}_" if _RESERVED.fullmatch(name) else name


def _new_file(folder: Path, conversation: Conversation) -> TextIO:
    """The file system itself says which names it takes for the same."""
    title = safe(conversation.title, "untitled")
    name = safe(f"{conversation.created_at[:10]} {title}", "untitled")
    try:
        return _open(folder / f"{name}.md")
    except FileExistsError:
        return _open(folder / f"{name} ({conversation.id}).md")


def _open(path: Path) -> TextIO:
    return path.open("x", encoding="utf-8", newline="\n")


def _section(message: Message, name: str) -> str:
    if message.role == "user":
        quoted = "\n".join(f"> {line}".rstrip() for line in message.text.splitlines())
        return f"\n## {name}, {_minute(message.created_at)}\n\n{quoted}\n"
    end = f"\n*({_ENDS[message.status]})*\n" if message.status in _ENDS else ""
    return f"\n## {message.model or 'reply'}\n\n{_closed(message.text)}\n{end}"


def _closed(text: str) -> str:
    """With its last block of code closed: a cut one would swallow the rest of the page."""
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
