"""A conversation as the items that the chat would have left of it. What it cost was paid elsewhere
and enters no books."""

from collections.abc import Iterator

from handler.store.keys import (
    claim_key,
    conversation_key,
    conversation_to_item,
    message_to_item,
    turn_key,
)
from handler.values import Message
from scripts.archive.parse import Archived


def key_of(guest_id: str, archived: Archived) -> dict:
    """Key of the conversation."""
    return conversation_key(guest_id, archived.conversation.id)


def turns_of(archived: Archived) -> list[dict]:
    """Keys of its turns' records."""
    return [turn_key(turn) for turn in dict.fromkeys(message.turn for message in archived.messages)]


def seal_of(guest_id: str, archived: Archived) -> dict:
    """The conversation itself."""
    return conversation_to_item(guest_id, archived.conversation)


def items_of(guest_id: str, archived: Archived, attempts: dict[str, int]) -> Iterator[dict]:
    """All but the conversation itself. `attempts` are those of the turns whose records are there:
    they stay, with what was paid here."""
    questions: dict[str, str] = {}
    for message in archived.messages:
        if message.role == "user":
            questions[message.turn] = message.id
            yield message_to_item(message)
            yield claim_key(guest_id, message.id) | {
                "conversation_id": message.conversation_id,
                "reply_id": message.turn,
            }
        else:
            yield _reply(message, attempts.get(message.turn, 0))
    for turn in dict.fromkeys(message.turn for message in archived.messages):
        if turn not in attempts:
            # Closed, with nothing to settle and no attempt that counts as paid.
            yield turn_key(turn) | {
                "guest_id": guest_id,
                "conversation_id": archived.conversation.id,
                "message_id": questions.get(turn, ""),
                "attempt": 0,
                "alive_until": 0,
                "closed": True,
                "model": "",
                "most_input": 0,
                "most_output": 0,
            }


def _reply(message: Message, attempt: int) -> dict:
    # Nobody writes it here; left as it was, the next read would look for its saved pieces and find
    # none.
    status = "failed" if message.status == "streaming" else message.status
    return message_to_item(message) | {"status": status, "attempt": attempt}
