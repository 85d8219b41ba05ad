"""Keys, item mappings and cursors of the one table (docs/architecture.md)."""

import base64
import json
from typing import Any

from handler.errors import InvalidRequest
from handler.ids import time_of
from handler.store.table import Item, Table
from handler.values import Conversation, Message, Turn, Usage, day_of

# Sorts after every id, which are ASCII.
LAST = "~"
# The last second that a date can be made of: 9999-12-31.
_LAST_TIME = 253_402_300_799


def owner(guest_id: str) -> str:
    """Partition of what a guest owns."""
    return f"OWNER#{guest_id}"


def conversation_partition(conversation_id: str) -> str:
    """Partition of a conversation's messages."""
    return f"CONV#{conversation_id}"


def conversation_key(guest_id: str, conversation_id: str) -> Item:
    return {"pk": owner(guest_id), "sk": f"CONV#{conversation_id}"}


def claim_key(guest_id: str, message_id: str) -> Item:
    """Key of what makes a guest's message id idempotent."""
    return {"pk": owner(guest_id), "sk": f"CLAIM#{message_id}"}


def turn_key(reply_id: str) -> Item:
    """Key of a turn's record: by the UTC day of its reply's id, so that a day's turns are one
    Query."""
    # A guest may name any id, also one of the year 10889.
    return {"pk": f"TURNS#{day_of(min(time_of(reply_id), _LAST_TIME))}", "sk": reply_id}


def message_key(turn: str, role: str) -> str:
    """Sort key of a message: a turn's two messages stand together, the question first."""
    return f"MSG#{turn}#{0 if role == 'user' else 1}"


def message_key_of(turn: Turn, role: str) -> Item:
    """Whole key of one of a turn's two messages."""
    return {
        "pk": conversation_partition(turn.conversation_id),
        "sk": message_key(turn.reply_id, role),
    }


def message_to_item(message: Message) -> Item:
    """Absent values are left out."""
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


def message_from_item(item: Item) -> Message:
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


def usage_to_item(usage: Usage) -> Item:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost": usage.cost,
        "estimated": usage.estimated,
    }


def usage_from_item(item: Item) -> Usage | None:
    if "cost" not in item:
        return None
    return Usage(
        int(item["input_tokens"]),
        int(item["output_tokens"]),
        int(item["cost"]),
        estimated=bool(item.get("estimated")),
    )


def conversation_to_item(guest_id: str, conversation: Conversation) -> Item:
    fields = ("id", "title", "created_at", "updated_at", "turn")
    key = conversation_key(guest_id, conversation.id)
    return key | {name: getattr(conversation, name) for name in fields}


def conversation_from_item(item: Item) -> Conversation:
    """From the table, or from its index, which has no `turn`."""
    return Conversation(
        id=item["id"],
        title=item["title"],
        created_at=item["created_at"],
        updated_at=item["updated_at"],
        turn=item.get("turn", ""),
    )


def page_of(
    table: Table, pk: str, names: tuple[str, ...], cursor: str | None, **query: Any
) -> tuple[list[Item], str | None]:
    """One page of a partition, and the cursor of the next one, which carries the attributes
    `names`. Raises InvalidRequest for a bad cursor."""
    if cursor:
        query["ExclusiveStartKey"] = key_from(cursor, names, pk)
    answer = table.query(ConsistentRead=True, **query)
    return answer["Items"], cursor_from(answer.get("LastEvaluatedKey"), names)


def cursor_from(key: Item | None, names: tuple[str, ...]) -> str | None:
    """An opaque cursor of those attributes of a LastEvaluatedKey, never of its partition."""
    if key is None:
        return None
    values = json.dumps([key[name] for name in names]).encode()
    return base64.urlsafe_b64encode(values).decode().rstrip("=")


def key_from(cursor: str, names: tuple[str, ...], pk: str) -> Item:
    """The key behind a cursor, inside the caller's own partition. Raises InvalidRequest."""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("`cursor` is not one that this API gave.") from error
    if not (isinstance(values, list) and len(values) == len(names) and all(map(_is_key, values))):
        raise InvalidRequest("`cursor` is not one that this API gave.")
    return {"pk": pk, **dict(zip(names, values, strict=True))}


def _is_key(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and 0 < len(value) < 200
