"""The values that travel between the parts. Plain data: no AWS, no JSON shapes, no I/O."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypedDict


def iso(timestamp: float) -> str:
    """ISO 8601 in UTC with milliseconds, for example `2026-11-22T15:04:05.123Z`."""
    moment = datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def day_of(timestamp: float) -> str:
    """The UTC day, `YYYY-MM-DD`: quotas count by it."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")


def month_of(timestamp: float) -> str:
    """The UTC month, `YYYY-MM`: spend is summed by it."""
    return day_of(timestamp)[:7]


def next_day(timestamp: float) -> float:
    """The next UTC midnight, in epoch seconds."""
    return (_midnight(timestamp) + timedelta(days=1)).timestamp()


def next_month(timestamp: float) -> float:
    """The first instant of the next UTC month, in epoch seconds."""
    first = _midnight(timestamp).replace(day=1)
    return (first + timedelta(days=32)).replace(day=1).timestamp()


def _midnight(timestamp: float) -> datetime:
    day = datetime.fromtimestamp(timestamp, UTC)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


# A name that a guest may have.
GUEST_NAME = re.compile(r"[^\W_](?:[\w .'-]{0,38}[\w.])?")


@dataclass(frozen=True, slots=True)
class Guest:
    """`created_at` is ISO, `expires_at` epoch seconds; `used` counts today's replies."""

    id: str
    name: str
    created_at: str
    expires_at: int
    daily_limit: int
    used: int


@dataclass(frozen=True, slots=True)
class Cooldown:
    """The model is not called until `until` (epoch seconds). `code` is the last failure's."""

    failures: int
    until: int
    code: str


@dataclass(frozen=True, slots=True)
class Switch:
    """The model is on until `until` (epoch seconds). `cooldowns` has ended ones too."""

    until: int = 0
    backend: str = "bedrock"
    cooldowns: Mapping[str, Cooldown] = field(default_factory=dict)

    def on(self, now: float) -> bool:
        """The expiry is decided here, on read, so the model is off even if everything else died."""
        return now < self.until

    def cooling(self, model_id: str, now: float) -> bool:
        return model_id in self.cooldowns and now < self.cooldowns[model_id].until


@dataclass(frozen=True, slots=True)
class Usage:
    """`cost` is in nano-USD: list prices per million tokens are whole nano-USD per token."""

    input_tokens: int
    output_tokens: int
    cost: int
    estimated: bool = False


class ModelEvent(TypedDict, total=False):
    """One event of a reply; each has one of these. `usage` are input and output tokens."""

    text: str
    stop: str
    usage: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Conversation:
    """`turn` is the reply id of the newest turn."""

    id: str
    title: str
    created_at: str
    updated_at: str
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A user's message is always `complete`; `guarded` says that a guardrail intervened."""

    id: str
    conversation_id: str
    role: str
    text: str
    status: str
    created_at: str
    turn: str = ""
    model: str | None = None
    usage: Usage | None = None
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """One turn as a guest requests it, checked at the edge."""

    text: str
    message_id: str
    conversation_id: str | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """The ids that a turn's parts share."""

    guest_id: str
    conversation_id: str
    message_id: str
    reply_id: str
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Control:
    """What others have requested of a running turn since it started."""

    stop: bool = False
    listeners: frozenset[str] = field(default_factory=frozenset)
