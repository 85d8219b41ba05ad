"""What an export's lines must be: each is checked as a whole before anything of the file is
written."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from handler.ids import is_id
from handler.schemas import MAX_TITLE
from handler.store.keys import message_key
from handler.values import GUEST_NAME, Conversation, Guest, Message, Usage, iso
from scripts.archive.lines import FORMAT

# An item of DynamoDB has 400 KB, names and all.
_MOST_TEXT = 400_000


class Broken(Exception):
    """A line that no export has; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Archived:
    """A conversation of the guest with that id in the stack it came from."""

    guest_id: str
    conversation: Conversation
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Seal:
    """What the file says that it holds."""

    guests: int = 0
    conversations: int = 0
    messages: int = 0


def shape(line: bytes) -> dict:
    """A line's JSON object. Raises Broken."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Broken("it is not JSON") from error
    if not isinstance(found, dict):
        raise Broken("it is not a JSON object")
    return found


def header(found: Mapping) -> None:
    """Raises Broken when the file is none of these, or of a later version."""
    if found.get("type") != "header" or "format" not in found:
        raise Broken("it is not the header of an export")
    if found["format"] != FORMAT:
        raise Broken(
            f"it is of format {found['format']!r}, and this version reads format {FORMAT}: update it first"
        )
    _fields(found, {"type": _text, "format": _count, "stack": _text, "exported_at": _time})


def guest(found: Mapping) -> Guest:
    """Raises Broken."""
    _fields(
        found,
        {
            "type": _text,
            "id": is_id,
            "name": _name,
            "created_at": _time,
            "expires_at": _time,
            "daily_limit": _count,
        },
    )
    return Guest(
        found["id"],
        found["name"],
        found["created_at"],
        int(_seconds(found["expires_at"])),
        found["daily_limit"],
        0,
    )


def conversation(found: Mapping) -> Archived:
    """Raises Broken."""
    named = {
        "type": _text,
        "guest": is_id,
        "id": is_id,
        "title": _title,
        "created_at": _time,
        "updated_at": _time,
    }
    _fields(found, named | {"messages": lambda value: isinstance(value, list)})
    messages = []
    for number, part in enumerate(found["messages"], 1):
        try:
            messages.append(_message(part, found["id"]))
        except Broken as broken:
            raise Broken(f"in message {number} {broken}") from broken
    keys = [message_key(message.turn, message.role) for message in messages]
    if any(one >= other for one, other in pairwise(keys)):
        raise Broken("its messages are not in order")
    turn = messages[-1].turn if messages else ""
    value = Conversation(
        found["id"], found["title"], found["created_at"], found["updated_at"], turn
    )
    return Archived(found["guest"], value, tuple(messages))


def seal(found: Mapping) -> Seal:
    """Raises Broken."""
    _fields(found, {"type": _text, "guests": _count, "conversations": _count, "messages": _count})
    return Seal(found["guests"], found["conversations"], found["messages"])


def _message(found: object, conversation_id: str) -> Message:
    if not isinstance(found, dict):
        raise Broken("there is no JSON object")
    is_reply = found.get("role") == "assistant"
    needed = {
        "id": is_id,
        "conversation_id": lambda value: value == conversation_id,
        "role": lambda value: value in ("user", "assistant"),
        "text": lambda value: _text(value) and len(value.encode()) <= _MOST_TEXT,
        "status": lambda value: (
            value
            in (
                ("streaming", "complete", "stopped", "truncated", "failed")
                if is_reply
                else ("complete",)
            )
        ),
        "created_at": _time,
        "turn": lambda value: is_id(value) and (not is_reply or value == found["id"]),
    }
    _fields(
        found,
        needed,
        {
            "model": _text,
            "guardrail": lambda value: value is True,
            "usage": lambda value: isinstance(value, dict),
        },
    )
    given = {name: found[name] for name in needed} | {
        "model": found.get("model"),
        "guarded": "guardrail" in found,
    }
    return Message(**given, usage=_usage(found["usage"]) if "usage" in found else None)


def _usage(found: Mapping) -> Usage:
    _fields(
        found,
        {"input_tokens": _count, "output_tokens": _count, "cost_usd": _amount},
        {"estimated": lambda value: value is True},
    )
    return Usage(
        found["input_tokens"],
        found["output_tokens"],
        round(found["cost_usd"] * 1e9),
        estimated="estimated" in found,
    )


def _fields(
    found: Mapping, needed: Mapping[str, Callable], possible: Mapping[str, Callable] | None = None
) -> None:
    """Raises Broken naming the first field that is missing, wrong or unknown."""
    known = needed | (possible or {})
    for name in (*needed, *found):
        if name not in known:
            raise Broken(f"`{name[:40]}` is unknown")
        if name not in found:
            raise Broken(f"`{name}` is missing")
        if not known[name](found[name]):
            raise Broken(f"`{name}` is not what it should be")


def _text(value: object) -> bool:
    """A string that UTF-8 can write: JSON may hold half a surrogate pair."""
    return isinstance(value, str) and value == value.encode(errors="ignore").decode()


def _title(value: object) -> bool:
    return _text(value) and 0 < len(value) <= MAX_TITLE


def _name(value: object) -> bool:
    return isinstance(value, str) and GUEST_NAME.fullmatch(value) is not None


def _count(value: object) -> bool:
    return type(value) is int and 0 <= value < 10**15


def _amount(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value < 10**6


def _time(value: object) -> bool:
    """Exactly as the API writes times: they are sorted as text."""
    try:
        return isinstance(value, str) and iso(_seconds(value)) == value
    except (ValueError, OverflowError):
        return False


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()
