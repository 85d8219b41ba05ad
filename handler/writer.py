"""Writing one reply: the model writes, the store keeps, the audience reads; none of them holds up another."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from handler.budget import Budget
from handler.errors import ChatError, Internal
from handler.keeper import Keeper
from handler.models.catalog import ModelCard
from handler.money import Record, Reservation
from handler.prompt import estimate_tokens, prompt_tokens
from handler.store import Store
from handler.transcript import End, Transcript
from handler.values import Message, Turn, Usage

# The stop reason of a reply that the guardrail replaced or cut.
_GUARDED = "guardrail_intervened"
# The model's own reasons, as the contract's statuses; unknown ones are an end like any other.
_STATUS = {"max_tokens": "truncated", "model_context_window_exceeded": "truncated"}


class Model(Protocol):
    """A model backend (see `handler.models.bedrock`)."""

    card: ModelCard

    def stream(self, prompt: dict, *, max_tokens: int, temperature: float = ...) -> AbstractContextManager:
        """One reply: iterated for its events, `cut` counts lost tries, `abort()` from any thread; leaving the context ends it."""


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


class Writer:
    """Has replies written by one model. `clock` is the time of day; durations use the monotonic clock."""

    def __init__(self, store: Store, model: Model, budget: Budget, *, max_tokens: int, clock: Callable[[], float]):
        self._store, self._model, self._budget, self._clock = store, model, budget, clock
        self.card, self.max_tokens = model.card, max_tokens

    def write(self, turn: Turn, reply: Message, prompt: dict, reservation: Reservation, audience: Audience, seconds: float) -> Outcome:
        """Write the reply of an opened turn; what is not written in `seconds` ends as `truncated`."""
        started = time.monotonic()
        transcript = Transcript()
        threading.Thread(target=self._pump, args=(prompt, transcript, {"max_tokens": self.max_tokens}), daemon=True).start()
        audience.begin(turn, transcript)
        try:
            self._watch(turn, transcript, audience, seconds)
        finally:
            # Whatever broke the watch ends the model's stream too.
            transcript.close(End("failed", error=Internal()))
        end = transcript.end
        usage = self._usage(end, transcript.text, prompt)
        text, model = transcript.text, self.card.id
        reply = replace(reply, text=text, status=end.status, guarded=end.guarded, model=model, usage=usage)
        try:
            self._store.replies.finish(turn, reply)
        finally:
            # From here on nobody can join any more; who did until now is told by this turn, everybody later reads the stored reply.
            control, record = self._store.replies.close(turn, self._record(reservation, end, usage, started))
            self._budget.settle(reservation, record.usage)
        audience.join(control.listeners)
        audience.end(turn, reply, end.error)
        return Outcome(turn, reply, asked=True, error=end.error)

    def complete(
        self, turn: Turn, prompt: dict, *, max_tokens: int | None, temperature: float | None, seconds: float
    ) -> tuple[End, str, Usage | None]:
        """One reply that is not stored but paid for and on record: its end, text and usage. Raises BudgetExhausted."""
        started = time.monotonic()
        limits = {"max_tokens": int(min(max_tokens or self.max_tokens, self.max_tokens))}
        if temperature is not None:
            limits["temperature"] = min(float(temperature), 1.0)
        reservation = self._budget.reserve(turn, prompt)
        try:
            self._store.records.begin(turn, self._budget.begun(prompt), now=self._clock())
        except Exception:
            self._budget.settle(reservation, None)
            raise
        transcript = Transcript()
        threading.Thread(target=self._pump, args=(prompt, transcript, limits), daemon=True).start()
        transcript.wait_end(seconds)
        transcript.close(End("truncated"))
        end, text = transcript.end, transcript.text
        usage = self._usage(end, text, prompt)
        _, record = self._store.records.leave(turn.reply_id, turn.attempt, self._record(reservation, end, usage, started))
        self._budget.settle(reservation, record.usage)
        return end, text, usage

    def _pump(self, prompt: dict, transcript: Transcript, limits: dict) -> None:
        """Move what the model writes into the transcript, in a thread of its own: nobody can make the model wait."""
        reason, usage, reply = "", None, None
        try:
            with self._model.stream(prompt, **limits) as reply:
                transcript.when_closed(reply.abort)
                for event in reply:
                    if "text" in event and not transcript.write(event["text"]):
                        return
                    reason = event.get("stop", reason)
                    usage = event.get("usage", usage)
                transcript.when_closed(None)
            transcript.close(End(_STATUS.get(reason, "complete"), usage, guarded=reason == _GUARDED, cut=reply.cut))
        except ChatError as error:
            transcript.close(End("failed", error=error, cut=reply.cut if reply else 0))
        except Exception as error:
            failure = Internal()
            failure.__cause__ = error
            transcript.close(End("failed", error=failure))

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

    def _usage(self, end: End, text: str, prompt: dict) -> Usage | None:
        """What the model took. A stream that was cut has no usage of its own: it is estimated and marked so; None if nothing was asked."""
        lost = end.cut * prompt_tokens(prompt)
        if end.usage:
            counts = (end.usage[0] + lost, end.usage[1])
        elif text or end.status != "failed":
            counts = (prompt_tokens(prompt) + lost, estimate_tokens(text))
        elif lost:
            counts = (lost, 0)
        else:
            return None
        return Usage(*counts, cost=self.card.cost(*counts), estimated=bool(lost) or not end.usage)

    def _record(self, reservation: Reservation, end: End, usage: Usage | None, started: float) -> Record:
        outcome = end.error.code if end.error else end.status
        return Record(self.card.id, reservation.day, outcome, round((time.monotonic() - started) * 1000), usage)
