"""The form of `conversations.jsonl`: one JSON object a line. A header, the guests, the
conversations, and an end that counts them.

What is read back is checked in `scripts.archive.parse`."""

import json
from collections.abc import Iterable
from typing import BinaryIO

from handler.schemas import conversation_json, message_json
from handler.values import Conversation, Guest, Message, iso

FORMAT = 1
NAME = "conversations.jsonl"


class Lines:
    """Writes the lines one after another, and holds only a page of messages at a time."""

    def __init__(self, sink: BinaryIO):
        self._sink = sink
        self.guests = 0
        self.conversations = 0
        self.messages = 0

    def header(self, stack: str, now: float) -> None:
        self._line({"type": "header", "format": FORMAT, "stack": stack, "exported_at": iso(now)})

    def guest(self, guest: Guest) -> None:
        """Never their token nor its hash: they get new ones."""
        shape = {"type": "guest", "id": guest.id, "name": guest.name}
        shape |= {"created_at": guest.created_at, "expires_at": iso(guest.expires_at)}
        self._line(shape | {"daily_limit": guest.daily_limit})
        self.guests += 1

    def conversation(
        self, guest_id: str, conversation: Conversation, pages: Iterable[list[Message]]
    ) -> None:
        head = {"type": "conversation", "guest": guest_id} | conversation_json(conversation)
        self._write(_json(head)[:-1] + ',"messages":[')
        comma = ""
        for page in pages:
            for message in page:
                # The contract's shape, and the turn, by which messages are kept in order.
                self._write(comma + _json(message_json(message) | {"turn": message.turn}))
                comma = ","
            self.messages += len(page)
        self._write("]}\n")
        self.conversations += 1

    def end(self) -> None:
        """The last line: without it the file is not whole."""
        counts = {"guests": self.guests, "conversations": self.conversations}
        self._line({"type": "end", **counts, "messages": self.messages})

    def _line(self, shape: dict) -> None:
        self._write(_json(shape) + "\n")

    def _write(self, text: str) -> None:
        self._sink.write(text.encode())


def _json(shape: dict) -> str:
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
