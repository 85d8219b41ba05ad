"""The form of `conversations.jsonl`: one JSON object a line. A header, the guests, the
conversations, and a seal that counts them.

What is read back is checked in `scripts.archive.parse`."""

import json
from collections.abc import Iterable
from typing import BinaryIO

from handler.schemas import conversation_json, message_json
from handler.values import Conversation, Guest, Message, iso

FORMAT = 1
NAME = "conversations.jsonl"


class Lines:
    """Writes the lines one after another; of a conversation only a page of messages is ever held."""

    def __init__(self, sink: BinaryIO):
        self._sink = sink
        self.guests = self.conversations = self.messages = 0

    def header(self, stack: str, now: float) -> None:
        """The first line."""
        self._line({"type": "header", "format": FORMAT, "stack": stack, "exported_at": iso(now)})

    def guest(self, guest: Guest) -> None:
        """One who may come in, or could. Never their token nor its hash: they get new ones."""
        shape = {
            "type": "guest",
            "id": guest.id,
            "name": guest.name,
            "created_at": guest.created_at,
        }
        self._line(shape | {"expires_at": iso(guest.expires_at), "daily_limit": guest.daily_limit})
        self.guests += 1

    def conversation(
        self, guest_id: str, conversation: Conversation, pages: Iterable[list[Message]]
    ) -> None:
        """One conversation with all its messages."""
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

    def seal(self) -> None:
        """The last line: without it the file is not whole."""
        self._line(
            {
                "type": "end",
                "guests": self.guests,
                "conversations": self.conversations,
                "messages": self.messages,
            }
        )

    def _line(self, shape: dict) -> None:
        self._write(_json(shape) + "\n")

    def _write(self, text: str) -> None:
        self._sink.write(text.encode())


def _json(shape: dict) -> str:
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
