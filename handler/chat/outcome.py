"""One reply from asking to its end: what it starts with, how it moves from the model to its
readers, and what came of it."""

import time
from contextlib import closing
from dataclasses import dataclass

from handler.chat.transcript import ReplyEnd, Transcript
from handler.errors import ChatError, Internal
from handler.models.fallback import Answer, FallbackChain
from handler.models.prompt import Prompt, estimate_tokens
from handler.money import Reservation
from handler.telemetry.timings import Timings
from handler.values import Message, Turn, Usage

# The stop reason of a reply that the guardrail replaced or cut.
_GUARDED = "guardrail_intervened"
# The model's own reasons, as the contract's statuses; unknown ones are an end like any other.
_STATUS = {"max_tokens": "truncated", "model_context_window_exceeded": "truncated"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A turn that is stored and reserved for, and waits for its reply."""

    turn: Turn
    reply: Message
    prompt: Prompt
    reservation: Reservation


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a caller asks of one completion: output tokens, and how freely to choose words."""

    max_tokens: int | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote, or could not: the end, the text, and how it came about.

    `by_main` says whether the first choice wrote it, `tried` which models failed before and with
    which code; `first_delta_ms` is from the question's arrival, None where no word came."""

    end: ReplyEnd
    text: str
    usage: Usage | None
    model_id: str
    backend: str
    by_main: bool
    tried: tuple[tuple[str, str], ...]
    first_delta_ms: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A reply. `written` says how this call had it written; None where it was there already."""

    turn: Turn
    reply: Message
    written: Written | None = None

    @property
    def error(self) -> ChatError | None:
        """Why it failed, if it did just now."""
        return self.written.end.error if self.written else None


def pump(answer: Answer, transcript: Transcript) -> None:
    """Move what the model writes into the transcript, in a thread of its own: nobody can make the
    model wait."""
    reason, usage = "", None
    transcript.when_closed(answer.abort)
    try:
        with closing(iter(answer)) as events:
            for event in events:
                if "text" in event and not transcript.write(event["text"]):
                    return
                reason = event.get("stop", reason)
                usage = event.get("usage", usage)
        transcript.when_closed(None)
        transcript.close(
            ReplyEnd(_STATUS.get(reason, "complete"), usage, guarded=reason == _GUARDED)
        )
    except ChatError as error:
        transcript.close(ReplyEnd("failed", error=error))
    except Exception as error:
        failure = Internal()
        failure.__cause__ = error
        transcript.close(ReplyEnd("failed", error=failure))


def _usage(end: ReplyEnd, text: str, prompt: Prompt, answer: Answer) -> Usage | None:
    """What the models took. A stream that was cut has no usage of its own: it is estimated and
    marked so; None if nothing was asked."""
    tokens, lost = prompt.tokens(), answer.lost
    if end.usage:
        counts = end.usage
    elif text or end.status != "failed":
        counts = (tokens, estimate_tokens(text))
    elif lost:
        counts = (0, 0)
    else:
        return None
    cost = answer.card.cost(*counts) + sum(card.cost(tokens, 0) for card in lost)
    return Usage(
        counts[0] + tokens * len(lost), counts[1], cost=cost, estimated=bool(lost) or not end.usage
    )


def read_off(
    transcript: Transcript,
    prompt: Prompt,
    models: FallbackChain,
    answer: Answer,
    started: float,
    timeline: Timings,
) -> Written:
    """What came of an answer that was asked for at `started` and has ended."""
    end, text, ended = transcript.end, transcript.text, time.monotonic()
    began = transcript.began
    timeline.note("model", started, began or ended)
    if began:
        timeline.note("stream", began, ended)
    first_delta_ms = timeline.at(began) if began else None
    usage, by_main = _usage(end, text, prompt, answer), answer.card == models.main
    return Written(
        end, text, usage, answer.card.id, models.backend, by_main, answer.tried, first_delta_ms
    )
