"""The contract's JSON shapes, each declared once: what goes out, and a guest's turn coming in."""

from collections.abc import Mapping
from typing import Any

from handler.errors import ChatError, InvalidRequest, TooLarge
from handler.ids import is_id, new_id
from handler.models.catalog import ModelCard
from handler.money import Spend, SpendingLimits
from handler.values import (
    Conversation,
    Guest,
    Message,
    Switch,
    Turn,
    TurnRequest,
    Usage,
    iso,
    next_day,
)

Json = dict[str, Any]

# One frame of a WebSocket is cut at 32 KB; this leaves room for escapes.
MAX_TEXT_BYTES = 16_384
MAX_TITLE = 120
_TURN_FIELDS = {"text", "message_id", "conversation_id", "replaces"}


def parse_turn(body: Mapping[str, Any], *, message_id_required: bool = False) -> TurnRequest:
    """A guest's turn from JSON. Raises InvalidRequest naming the field, or TooLarge."""
    unknown = sorted(set(body) - _TURN_FIELDS)
    if unknown:
        raise InvalidRequest(f"`{unknown[0][:40]}` is not a field of a turn.")
    message_id = body.get("message_id")
    if message_id is None and not message_id_required:
        message_id = new_id()
    if not is_id(message_id):
        raise InvalidRequest(
            "`message_id` must be a ULID: 26 upper-case characters of Crockford's base32."
        )
    conversation_id, replaces = (
        _optional_id(body, name) for name in ("conversation_id", "replaces")
    )
    return TurnRequest(parse_text(body.get("text")), str(message_id), conversation_id, replaces)


def parse_text(text: object, name: str = "text") -> str:
    """A message's text, or another field called `name`. Raises InvalidRequest for none, blank or
    broken Unicode; TooLarge above 16 KiB of UTF-8."""
    if not isinstance(text, str) or not text.strip():
        raise InvalidRequest(f"`{name}` must be a string that is not empty.")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidRequest(f"`{name}` has half a surrogate pair.") from error
    if size > MAX_TEXT_BYTES:
        raise TooLarge(f"`{name}` has {size} bytes of UTF-8; {MAX_TEXT_BYTES} are the most.")
    return text


def parse_title(body: Mapping[str, Any]) -> str:
    """A conversation's new title. Raises InvalidRequest."""
    if set(body) != {"title"}:
        raise InvalidRequest("The body must have `title` and nothing else.")
    title = " ".join(parse_text(body["title"], "title").split())
    if len(title) > MAX_TITLE:
        raise InvalidRequest(f"`title` may have {MAX_TITLE} characters.")
    return title


def _optional_id(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not is_id(value):
        raise InvalidRequest(f"`{name}` must be a ULID.")
    return value


def message_json(message: Message) -> Json:
    fields = ("id", "conversation_id", "role", "text", "status", "created_at")
    shape = {name: getattr(message, name) for name in fields}
    if message.model:
        shape["model"] = message.model
    if message.guarded:
        shape["guardrail"] = True
    if message.usage:
        shape["usage"] = usage_json(message.usage)
    return shape


def usage_json(usage: Usage) -> Json:
    shape: Json = {name: getattr(usage, name) for name in ("input_tokens", "output_tokens")}
    shape["cost_usd"] = usd(usage.cost)
    return shape | {"estimated": True} if usage.estimated else shape


def usd(nanos: int) -> float:
    """Nano-USD as USD."""
    return round(nanos / 1e9, 9)


def spend_json(spend: Spend, limits: SpendingLimits, now: float) -> Json:
    """What all guests' turns cost this UTC month and day; reserved money is not spent yet."""
    total = spend.total
    return {
        "month": spend.month,
        "usd": usd(total.cost),
        "limit_usd": usd(limits.monthly),
        "day_usd": usd(spend.of_day(now).cost),
        "day_limit_usd": usd(limits.daily),
        "forecast_usd": usd(spend.forecast(limits, now)),
        "replies": total.turns,
        "usd_per_reply": usd(total.cost // total.turns) if total.turns else None,
    }


def conversation_json(conversation: Conversation) -> Json:
    names = ("id", "title", "created_at", "updated_at")
    return {name: getattr(conversation, name) for name in names}


def model_json(card: ModelCard, switch: Switch, now: float) -> Json:
    shape = {"id": card.id, "name": card.name, "state": "ready"}
    if not switch.cooling(card.id, now):
        return shape
    return shape | {"state": "resting", "resting_until": iso(switch.cooldowns[card.id].until)}


def quota_json(guest: Guest, now: float) -> Json:
    return {"limit": guest.daily_limit, "used": guest.used, "resets_at": iso(next_day(now))}


def problem_json(error: ChatError, request_id: str) -> Json:
    """RFC 9457 problem details."""
    shape = {
        "type": f"urn:forever-us:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "request_id": request_id,
    }
    return shape | _error_json(error)


def _error_json(error: ChatError) -> Json:
    """An error's fields that both APIs share."""
    shape = {"code": error.code, "detail": error.detail, "retryable": error.retryable}
    return shape if error.retry_after is None else shape | {"retry_after": error.retry_after}


def started_frame(turn: Turn, title: str) -> Json:
    ids = {name: getattr(turn, name) for name in ("message_id", "reply_id", "conversation_id")}
    return {"type": "started", "title": title} | ids


def delta_frame(reply_id: str, sequence: int, text: str) -> Json:
    return {"type": "delta", "reply_id": reply_id, "seq": sequence, "text": text}


def finished_frame(reply: Message, quota: Json) -> Json:
    message = message_json(reply)
    return {"type": "finished", "reply_id": reply.id, "message": message, "quota": quota}


def failed_frame(message_id: str | None, error: ChatError) -> Json:
    return {"type": "failed", "message_id": message_id} | _error_json(error)
