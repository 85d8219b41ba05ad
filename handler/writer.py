"""Writing one reply: a model writes, the store keeps, the audience reads; none of them holds up another."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Protocol

from handler.budget import Budget
from handler.errors import ChatError, Internal
from handler.keeper import Keeper
from handler.models.chain import Answer, Chain
from handler.money import Record, Reservation
from handler.prompt import Prompt, estimate_tokens
from handler.store import Store
from handler.transcript import End, Transcript
from handler.values import Message, Turn, Usage

# The stop reason of a reply that the guardrail replaced or cut.
_GUARDED = "guardrail_intervened"
# The model's own reasons, as the contract's statuses; unknown ones are an end like any other.
_STATUS = {"max_tokens": "truncated", "model_context_window_exceeded": "truncated"}


class Audience(Protocol):
    """Who is told a reply while it is written."""

    def begin(self, turn: Turn, transcript: Transcript) -> None:
        """The reply starts."""

    def join(self, connections: frozenset[str]) -> None:
        """These want to read along."""

    def end(self, turn: Turn, reply: Message, error: ChatError | None) -> None:
        """The reply has ended, and is stored."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A reply and, if it failed, why. `asked` says whether this call asked the model, else the reply was there already."""

    turn: Turn
    reply: Message
    asked: bool
    error: ChatError | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply that is not stored: its end, its text, who wrote it, what it took."""

    end: End
    text: str
    model_id: str
    usage: Usage | None


class Writer:
    """Has replies written by the models of a turn. `clock` is the time of day; durations use the monotonic clock."""

    def __init__(self, store: Store, budget: Budget, *, max_tokens: int, clock: Callable[[], float]):
        self._store, self._budget, self._clock = store, budget, clock
        self.max_tokens = max_tokens

    def write(
        self, turn: Turn, reply: Message, prompt: Prompt, models: Chain, reservation: Reservation, audience: Audience, seconds: float
    ) -> Outcome:
        """Write the reply of an opened turn; what is not written in `seconds` ends as `truncated`."""
        started = time.monotonic()
        transcript, answer = Transcript(), models.answer(prompt, max_tokens=self.max_tokens)
        threading.Thread(target=_pump, args=(answer, transcript), daemon=True).start()
        audience.begin(turn, transcript)
        try:
            self._watch(turn, transcript, audience, seconds)
        finally:
            # Whatever broke the watch ends the model's stream too.
            transcript.close(End("failed", error=Internal()))
        end = transcript.end
        text = transcript.text
        usage = _usage(end, text, prompt, answer)
        reply = replace(reply, text=text, status=end.status, guarded=end.guarded, model=answer.card.id, usage=usage)
        try:
            self._store.replies.finish(turn, reply)
        finally:
            # From here on nobody can join any more; who did until now is told by this turn, everybody later reads the stored reply.
            control, record = self._store.replies.close(turn, _record(reservation, end, usage, answer, started))
            self._budget.settle(reservation, record)
        audience.join(control.listeners)
        audience.end(turn, reply, end.error)
        return Outcome(turn, reply, asked=True, error=end.error)

    def complete(
        self, turn: Turn, prompt: Prompt, models: Chain, *, max_tokens: int | None, temperature: float | None, seconds: float
    ) -> Completion:
        """One reply that is not stored but paid for and on record. Raises BudgetExhausted."""
        started = time.monotonic()
        limits = {"max_tokens": int(min(max_tokens or self.max_tokens, self.max_tokens))}
        if temperature is not None:
            limits["temperature"] = min(float(temperature), 1.0)
        reservation = self._budget.reserve(turn, prompt, models.cards)
        try:
            self._store.records.begin(turn, self._budget.begun(prompt, models.cards), now=self._clock())
        except Exception:
            self._budget.settle(reservation, None)
            raise
        transcript, answer = Transcript(), models.answer(prompt, **limits)
        threading.Thread(target=_pump, args=(answer, transcript), daemon=True).start()
        transcript.wait_end(seconds)
        transcript.close(End("truncated"))
        end, text = transcript.end, transcript.text
        usage = _usage(end, text, prompt, answer)
        _, record = self._store.records.leave(turn.reply_id, turn.attempt, _record(reservation, end, usage, answer, started))
        self._budget.settle(reservation, record)
        return Completion(end, text, answer.card.id, usage)

    def _watch(self, turn: Turn, transcript: Transcript, audience: Audience, seconds: float) -> None:
        """Until the end: save what is written, say that the turn lives, obey a stop, let others listen in."""
        started = time.monotonic()
        keeper = Keeper(self._store, turn, clock=self._clock)
        while not transcript.wait_end(0.2):
            if time.monotonic() - started >= seconds:
                transcript.close(End("truncated"))
                return
            control = keeper.look(transcript.text)
            if control and control.stop:
                transcript.close(End("stopped"))
            elif control:
                audience.join(control.listeners)


def _pump(answer: Answer, transcript: Transcript) -> None:
    """Move what the model writes into the transcript, in a thread of its own: nobody can make the model wait."""
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
        transcript.close(End(_STATUS.get(reason, "complete"), usage, guarded=reason == _GUARDED))
    except ChatError as error:
        transcript.close(End("failed", error=error))
    except Exception as error:
        failure = Internal()
        failure.__cause__ = error
        transcript.close(End("failed", error=failure))


def _usage(end: End, text: str, prompt: Prompt, answer: Answer) -> Usage | None:
    """What the models took. A stream that was cut has no usage of its own: it is estimated and marked so; None if nothing was asked."""
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
    return Usage(counts[0] + tokens * len(lost), counts[1], cost=cost, estimated=bool(lost) or not end.usage)


def _record(reservation: Reservation, end: End, usage: Usage | None, answer: Answer, started: float) -> Record:
    outcome = end.error.code if end.error else end.status
    return Record(answer.card.id, reservation.day, outcome, round((time.monotonic() - started) * 1000), usage)
