"""The contract's JSON shapes, each declared once: what goes out, and what a guest's turn looks like
coming in."""

from collections.abc import Mapping

from handler.errors import ChatError, InvalidRequest, TooLarge
from handler.ids import is_id, new_id
from handler.models.catalog import ModelCard
from handler.money import Spend, SpendingLimits
from handler.values import (
    Conversation,
    Cooldown,
    Guest,
    Message,
    Switch,
    TurnRequest,
    Usage,
    iso,
    next_day,
)

# One frame of a WebSocket is cut at 32 KB; this leaves room for escapes.
MAX_TEXT_BYTES = 16_384
MAX_TITLE = 120
_ASK_FIELDS = {"text", "message_id", "conversation_id", "replaces"}


def parse_ask(body: Mapping, *, message_id_required: bool = False) -> TurnRequest:
    """A guest's turn from JSON. Raises InvalidRequest naming the field, or TooLarge."""
    unknown = sorted(set(body) - _ASK_FIELDS)
    if unknown:
        raise InvalidRequest(f"`{unknown[0][:40]}` is not a field of a turn.")
    message_id = body.get("message_id")
    if message_id is None and not message_id_required:
        message_id = new_id()
    if not is_id(message_id):
        raise InvalidRequest(
            "`message_id` must be a ULID: 26 upper-case characters of Crockford's base32."
        )
    return TurnRequest(
        parse_text(body.get("text")),
        message_id,
        _optional_id(body, "conversation_id"),
        _optional_id(body, "replaces"),
    )


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


def parse_title(body: Mapping) -> str:
    """A conversation's new title. Raises InvalidRequest."""
    if set(body) != {"title"}:
        raise InvalidRequest("The body must have `title` and nothing else.")
    title = " ".join(parse_text(body["title"], "title").split())
    if len(title) > MAX_TITLE:
        raise InvalidRequest(f"`title` may have {MAX_TITLE} characters.")
    return title


def _optional_id(body: Mapping, name: str) -> str | None:
    value = body.get(name)
    if value is not None and not is_id(value):
        raise InvalidRequest(f"`{name}` must be a ULID.")
    return value


def message_json(message: Message) -> dict:
    """The contract's message."""
    fields = ("id", "conversation_id", "role", "text", "status", "created_at")
    shape = {name: getattr(message, name) for name in fields}
    if message.model:
        shape["model"] = message.model
    if message.guarded:
        shape["guardrail"] = True
    if message.usage:
        shape["usage"] = usage_json(message.usage)
    return shape


def usage_json(usage: Usage | None) -> dict | None:
    """A reply's usage; the cost in USD."""
    if usage is None:
        return None
    shape = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usd(usage.cost),
    }
    return shape | {"estimated": True} if usage.estimated else shape


def usd(nanos: int) -> float:
    """Nano-USD as USD."""
    return round(nanos / 1e9, 9)


def spend_json(spend: Spend, limits: SpendingLimits, now: float) -> dict:
    """What all guests' turns came to this UTC month and day; reserved money is not spent yet."""
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


def conversation_json(conversation: Conversation) -> dict:
    """The contract's conversation."""
    return {
        name: getattr(conversation, name) for name in ("id", "title", "created_at", "updated_at")
    }


def model_json(card: ModelCard, switch: Switch, now: float) -> dict:
    """A model that may be asked, and until when it is left alone because it failed."""
    rests = switch.cooling(card.id, now)
    shape = {"id": card.id, "name": card.name, "state": "resting" if rests else "ready"}
    return shape | {"resting_until": iso(switch.cooldowns[card.id].until)} if rests else shape


def switch_from(shape: Mapping | None) -> Switch:
    """The switch that a frame's invocation hands on to its turn's, as JSON has it; an older
    version's invocation hands on none."""
    if shape is None:
        return Switch()
    return Switch(
        shape["until"],
        shape["backend"],
        {model_id: Cooldown(**rest) for model_id, rest in shape.get("cooldowns", {}).items()},
    )


def quota_json(guest: Guest, now: float) -> dict:
    """A guest's quota of replies for the current UTC day."""
    return {"limit": guest.daily_limit, "used": guest.used, "resets_at": iso(next_day(now))}


def problem_json(error: ChatError, request_id: str) -> dict:
    """RFC 9457 problem details."""
    shape = {
        "type": f"urn:forever-us:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
    }
    return shape | _retry(error)


def failed_frame(message_id: str | None, error: ChatError) -> dict:
    """The WebSocket's frame for a turn that did not come to its end."""
    shape = {
        "type": "failed",
        "message_id": message_id,
        "code": error.code,
        "detail": error.detail,
        "retryable": error.retryable,
    }
    return shape | _retry(error)


def _retry(error: ChatError) -> dict:
    return {} if error.retry_after is None else {"retry_after": error.retry_after}
