"""What an export's lines must be: each is checked as a whole before anything of the file is
written."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from handler.ids import is_id
from handler.schemas import MAX_TITLE
from handler.store.keys import message_key
from handler.values import GUEST_NAME, Conversation, Guest, Message, Usage, iso
from scripts.archive.lines import FORMAT

# An item of DynamoDB has 400 KB, names and all.
_MOST_TEXT = 400_000
_Fields = Mapping[str, Callable[[Any], bool]]


class InvalidLine(Exception):
    """A line that no export has; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Archived:
    """A conversation, and the id that its guest has in the stack it came from."""

    guest_id: str
    conversation: Conversation
    messages: tuple[Message, ...]

    @property
    def turns(self) -> list[str]:
        """Their ids, in order."""
        return list(dict.fromkeys(message.turn for message in self.messages))


@dataclass(frozen=True, slots=True)
class Counts:
    guests: int = 0
    conversations: int = 0
    messages: int = 0


# Every function below raises InvalidLine.


def shape(line: bytes) -> dict:
    """A line's JSON object."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidLine("it is not JSON") from error
    if not isinstance(found, dict):
        raise InvalidLine("it is not a JSON object")
    return found


def header(found: Mapping) -> None:
    if found.get("type") != "header" or "format" not in found:
        raise InvalidLine("it is not the header of an export")
    if found["format"] != FORMAT:
        other = f"it is of format {found['format']!r}"
        raise InvalidLine(f"{other}, and this version reads format {FORMAT}: update it first")
    _check(found, _HEADER)


def guest(found: Mapping) -> Guest:
    _check(found, _GUEST)
    until = int(_seconds(found["expires_at"]))
    return Guest(found["id"], found["name"], found["created_at"], until, found["daily_limit"], 0)


def conversation(found: Mapping) -> Archived:
    _check(found, _CONVERSATION)
    messages = []
    for number, part in enumerate(found["messages"], 1):
        try:
            messages.append(_message(part, found["id"]))
        except InvalidLine as problem:
            raise InvalidLine(f"in message {number} {problem}") from problem
    keys = [message_key(message.turn, message.role) for message in messages]
    if any(one >= other for one, other in pairwise(keys)):
        raise InvalidLine("its messages are not in order")
    turn = messages[-1].turn if messages else ""
    given = {name: found[name] for name in ("id", "title", "created_at", "updated_at")}
    return Archived(found["guest"], Conversation(**given, turn=turn), tuple(messages))


def end(found: Mapping) -> Counts:
    _check(found, _END)
    return Counts(found["guests"], found["conversations"], found["messages"])


def _message(found: object, conversation_id: str) -> Message:
    if not isinstance(found, dict):
        raise InvalidLine("there is no JSON object")
    is_reply = found.get("role") == "assistant"
    statuses = _STATUSES if is_reply else ("complete",)
    needed = _MESSAGE | {
        "conversation_id": lambda value: value == conversation_id,
        "status": lambda value: value in statuses,
        "turn": lambda value: is_id(value) and (not is_reply or value == found["id"]),
    }
    _check(found, needed, _OF_A_REPLY)
    given = {name: found[name] for name in needed}
    usage = _usage(found["usage"]) if "usage" in found else None
    return Message(**given, model=found.get("model"), usage=usage, guarded="guardrail" in found)


def _usage(found: Mapping) -> Usage:
    _check(found, _USAGE, {"estimated": lambda value: value is True})
    cost, estimated = round(found["cost_usd"] * 1e9), "estimated" in found
    return Usage(found["input_tokens"], found["output_tokens"], cost, estimated=estimated)


def _check(found: Mapping, needed: _Fields, possible: _Fields | None = None) -> None:
    """Names the first field that is missing, wrong or unknown."""
    known = {**needed, **(possible or {})}
    for name in (*needed, *found):
        if name not in known:
            raise InvalidLine(f"`{name[:40]}` is unknown")
        if name not in found:
            raise InvalidLine(f"`{name}` is missing")
        if not known[name](found[name]):
            raise InvalidLine(f"`{name}` is not what it should be")


def _is_text(value: Any) -> bool:
    """A string that UTF-8 can write: JSON may hold half a surrogate pair."""
    return isinstance(value, str) and value == value.encode(errors="ignore").decode()


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**15


def _is_time(value: Any) -> bool:
    """Exactly as the API writes times: they are sorted as text."""
    try:
        return isinstance(value, str) and iso(_seconds(value)) == value
    except (ValueError, OverflowError):
        return False


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


_HEADER = {"type": _is_text, "format": _is_count, "stack": _is_text, "exported_at": _is_time}
_GUEST = {
    "type": _is_text,
    "id": is_id,
    "name": lambda value: isinstance(value, str) and GUEST_NAME.fullmatch(value) is not None,
    **dict.fromkeys(("created_at", "expires_at"), _is_time),
    "daily_limit": _is_count,
}
_CONVERSATION = {
    "type": _is_text,
    **dict.fromkeys(("guest", "id"), is_id),
    "title": lambda value: _is_text(value) and 0 < len(value) <= MAX_TITLE,
    **dict.fromkeys(("created_at", "updated_at"), _is_time),
    "messages": lambda value: isinstance(value, list),
}
_STATUSES = ("streaming", "complete", "stopped", "truncated", "failed")
_MESSAGE = {
    "id": is_id,
    "role": lambda value: value in ("user", "assistant"),
    "text": lambda value: _is_text(value) and len(value.encode()) <= _MOST_TEXT,
    "created_at": _is_time,
}
_OF_A_REPLY = {
    "model": _is_text,
    "guardrail": lambda value: value is True,
    "usage": lambda value: isinstance(value, dict),
}
_USAGE = {
    **dict.fromkeys(("input_tokens", "output_tokens"), _is_count),
    "cost_usd": lambda value: type(value) in (int, float) and 0 <= value < 10**6,
}
_END = {"type": _is_text} | dict.fromkeys(("guests", "conversations", "messages"), _is_count)
