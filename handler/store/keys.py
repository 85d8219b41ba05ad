"""Keys, cursors and value mappings that the store's modules share."""

import base64
import binascii
import json

from botocore.exceptions import ClientError

from handler.errors import InvalidRequest
from handler.ids import time_of
from handler.values import Conversation, Message, Usage, day_of

# The first and the last key that a prefix can have: every id is ASCII.
LAST = "~"
# The last second that a date can be made of: 9999-12-31.
_LAST_TIME = 253_402_300_799


def owner(guest_id: str) -> str:
    """Partition of what a guest owns."""
    return f"OWNER#{guest_id}"


def conversation_partition(conversation_id: str) -> str:
    """Partition of a conversation's messages."""
    return f"CONV#{conversation_id}"


def reply_partition(reply_id: str) -> str:
    """Partition of a running reply's chunks."""
    return f"REPLY#{reply_id}"


def conversation_key(guest_id: str, conversation_id: str) -> dict:
    """Key of a conversation."""
    return {"pk": owner(guest_id), "sk": f"CONV#{conversation_id}"}


def claim_key(guest_id: str, message_id: str) -> dict:
    """Key of what makes a guest's message id idempotent."""
    return {"pk": owner(guest_id), "sk": f"CLAIM#{message_id}"}


def turn_key(reply_id: str) -> dict:
    """Key of a turn's record: by the UTC day on which its reply's id was made, so that a day's
    turns are one Query."""
    # A guest may ask for any id, also for one of the year 10889.
    return {"pk": f"TURNS#{day_of(min(time_of(reply_id), _LAST_TIME))}", "sk": reply_id}


def condition_failed(error: ClientError) -> bool:
    """Whether a conditional write was refused by its condition."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def message_key(turn: str, role: str) -> str:
    """Sort key of a message: both messages of a turn stand together, the question first."""
    return f"MSG#{turn}#{0 if role == 'user' else 1}"


def message_to_item(message: Message) -> dict:
    """The stored form of a message; absent values are left out."""
    item = {
        "pk": conversation_partition(message.conversation_id),
        "sk": message_key(message.turn, message.role),
        "id": message.id,
        "role": message.role,
        "text": message.text,
        "status": message.status,
        "created_at": message.created_at,
        "model": message.model,
        "guarded": message.guarded or None,
    }
    if message.usage:
        item |= usage_to_item(message.usage)
    return {name: value for name, value in item.items() if value is not None}


def usage_to_item(usage: Usage) -> dict:
    """The attributes that a reply's usage takes in its item."""
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost": usage.cost,
        "estimated": usage.estimated,
    }


def usage_from_item(item: dict) -> Usage | None:
    """The usage in an item, None without one."""
    if "cost" not in item:
        return None
    counts = (int(item[name]) for name in ("input_tokens", "output_tokens", "cost"))
    return Usage(*counts, estimated=bool(item.get("estimated")))


def message_from_item(item: dict) -> Message:
    """The value behind a stored message."""
    return Message(
        id=item["id"],
        conversation_id=item["pk"].removeprefix("CONV#"),
        role=item["role"],
        text=item["text"],
        status=item["status"],
        created_at=item["created_at"],
        turn=item["sk"].split("#")[1],
        model=item.get("model"),
        usage=usage_from_item(item),
        guarded=bool(item.get("guarded")),
    )


def conversation_from_item(item: dict) -> Conversation:
    """The value behind a stored conversation, from the table or from its index."""
    fields = ("id", "title", "created_at", "updated_at")
    return Conversation(*(item[name] for name in fields), turn=item.get("turn", ""))


def conversation_to_item(guest_id: str, conversation: Conversation) -> dict:
    """The stored form of a conversation."""
    fields = ("id", "title", "created_at", "updated_at", "turn")
    return conversation_key(guest_id, conversation.id) | {
        name: getattr(conversation, name) for name in fields
    }


def cursor_from(key: dict | None, names: tuple[str, ...]) -> str | None:
    """An opaque cursor that carries those attributes of a LastEvaluatedKey, never the partition."""
    if key is None:
        return None
    return (
        base64.urlsafe_b64encode(json.dumps([key[name] for name in names]).encode())
        .decode()
        .rstrip("=")
    )


def key_from(cursor: str, names: tuple[str, ...], pk: str) -> dict:
    """The key behind a cursor, inside the caller's own partition. Raises InvalidRequest for
    anything that is no cursor."""
    try:
        values = json.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
    except (ValueError, binascii.Error, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest("`cursor` is not one that this API gave.") from error
    if not (isinstance(values, list) and len(values) == len(names) and all(map(_is_key, values))):
        raise InvalidRequest("`cursor` is not one that this API gave.")
    return {"pk": pk, **dict(zip(names, values, strict=True))}


def _is_key(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and 0 < len(value) < 200
