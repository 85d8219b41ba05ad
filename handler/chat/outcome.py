"""What a turn starts with, and what it comes to."""

from dataclasses import dataclass

from handler.chat.admission import Admitted
from handler.chat.transcript import ReplyEnd
from handler.errors import ChatError
from handler.models.prompt import TEMPERATURE, Prompt
from handler.money import Reservation
from handler.telemetry.timings import Timings
from handler.values import Conversation, Message, Turn


@dataclass(frozen=True, slots=True)
class TurnCall:
    """An admitted call for a turn. A reply that takes longer than `seconds` ends as `truncated`;
    `connection_id` is the socket that listens to it."""

    request_id: str
    admitted: Admitted
    timings: Timings
    seconds: float
    connection_id: str | None = None


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """`max_tokens` can only lower the stack's own limit."""

    max_tokens: int | None = None
    temperature: float = TEMPERATURE


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A reply to a prompt outside of any conversation: no text of it is stored."""

    prompt: Prompt
    sampling: SamplingOptions


@dataclass(frozen=True, slots=True)
class OpenedTurn:
    """A turn that is paid for in advance and on record, and waits for its reply. `conversation` is
    None for a completion."""

    turn: Turn
    conversation: Conversation | None
    reply: Message
    prompt: Prompt
    reservation: Reservation
    sampling: SamplingOptions = SamplingOptions()


@dataclass(frozen=True, slots=True)
class Generation:
    """How a reply came about. `by_main` says whether the first choice wrote it, `tried` which
    models failed before and with which code; `first_delta_ms` counts from the question's arrival,
    None where no word came."""

    end: ReplyEnd
    backend: str
    by_main: bool
    tried: tuple[tuple[str, str], ...]
    first_delta_ms: int | None


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """A turn and its reply. `generation` is None where the reply existed before this call."""

    turn: Turn
    reply: Message
    generation: Generation | None = None

    @property
    def error(self) -> ChatError | None:
        """Why it failed, if it did in this call."""
        return self.generation.end.error if self.generation else None

    @property
    def is_free(self) -> bool:
        """Whether no model wrote anything for this call, so that it does not count."""
        return self.generation is None or (self.error is not None and not self.reply.text)
