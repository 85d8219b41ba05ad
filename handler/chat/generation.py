"""Writing one reply: a model writes, the store keeps, the audience reads; none of them holds up
another."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from handler.chat.budget import Budget
from handler.chat.checkpoint import Checkpoint
from handler.chat.outcome import Opened, Outcome, Wishes, Written, pump, read_off
from handler.chat.transcript import ReplyEnd, Transcript
from handler.errors import ChatError, Internal
from handler.models.fallback import FallbackChain
from handler.models.prompt import Prompt
from handler.money import Reservation, TurnRecord
from handler.store import Store
from handler.telemetry.timings import Timings
from handler.values import Message, Turn


class Audience(Protocol):
    """Who is told a reply while it is written."""

    def begin(self, turn: Turn, transcript: Transcript) -> None:
        """The reply starts."""

    def join(self, connections: frozenset[str]) -> None:
        """These want to read along."""

    def end(self, turn: Turn, reply: Message, error: ChatError | None) -> None:
        """The reply has ended, and is stored."""


class Writer:
    """Has replies written by the models of a turn. `clock` is the time of day; durations use the
    monotonic clock."""

    def __init__(
        self, store: Store, budget: Budget, *, max_tokens: int, clock: Callable[[], float]
    ):
        self._store, self._budget, self._clock = store, budget, clock
        self.max_tokens = max_tokens

    def write(
        self,
        opened: Opened,
        models: FallbackChain,
        audience: Audience,
        timeline: Timings,
        seconds: float,
    ) -> Outcome:
        """Write the reply of an opened turn; what is not written in `seconds` ends as `truncated`."""
        started = time.monotonic()
        turn, reply = opened.turn, opened.reply
        transcript, answer = Transcript(), models.answer(opened.prompt, max_tokens=self.max_tokens)
        threading.Thread(target=pump, args=(answer, transcript), daemon=True).start()
        audience.begin(turn, transcript)
        try:
            self._watch(turn, transcript, audience, seconds)
        finally:
            # Whatever broke the watch ends the model's stream too.
            transcript.close(ReplyEnd("failed", error=Internal()))
        written = read_off(transcript, opened.prompt, models, answer, started, timeline)
        end, reservation = written.end, opened.reservation
        reply = replace(
            reply,
            text=written.text,
            status=end.status,
            guarded=end.guarded,
            model=written.model_id,
            usage=written.usage,
        )
        with timeline.stage("store"):
            try:
                self._store.replies.finish(turn, reply)
            finally:
                # From here on nobody can join any more; who did until now is told by this turn,
                # everybody later reads the stored reply.
                control, record = self._store.replies.close(
                    turn, _record(reservation, written, started)
                )
                self._budget.settle(reservation, record)
        with timeline.stage("tell"):
            audience.join(control.listeners)
            audience.end(turn, reply, end.error)
        return Outcome(turn, reply, written)

    def complete(
        self,
        turn: Turn,
        prompt: Prompt,
        models: FallbackChain,
        timeline: Timings,
        *,
        wishes: Wishes,
        seconds: float,
    ) -> Written:
        """One reply that is not stored but paid for and on record. Raises BudgetExhausted."""
        started = time.monotonic()
        given = {"max_tokens": int(min(wishes.max_tokens or self.max_tokens, self.max_tokens))}
        if wishes.temperature is not None:
            given["temperature"] = min(float(wishes.temperature), 1.0)
        reservation = self._budget.reserve(turn, prompt, models.cards)
        try:
            self._store.turn_log.begin(
                turn, self._budget.begun(prompt, models.cards), now=self._clock()
            )
        except Exception:
            self._budget.settle(reservation, None)
            raise
        transcript, answer = Transcript(), models.answer(prompt, **given)
        threading.Thread(target=pump, args=(answer, transcript), daemon=True).start()
        transcript.wait_end(seconds)
        transcript.close(ReplyEnd("truncated"))
        written = read_off(transcript, prompt, models, answer, started, timeline)
        with timeline.stage("store"):
            _, record = self._store.turn_log.leave(
                turn.reply_id, turn.attempt, _record(reservation, written, started)
            )
            self._budget.settle(reservation, record)
        return written

    def _watch(
        self, turn: Turn, transcript: Transcript, audience: Audience, seconds: float
    ) -> None:
        """Until the end: save what is written, say that the turn lives, obey a stop, let others
        listen in."""
        started = time.monotonic()
        keeper = Checkpoint(self._store, turn, clock=self._clock)
        while not transcript.wait_end(0.2):
            if time.monotonic() - started >= seconds:
                transcript.close(ReplyEnd("truncated"))
                return
            control = keeper.look(transcript.text)
            if control and control.stop:
                transcript.close(ReplyEnd("stopped"))
            elif control:
                audience.join(control.listeners)


def _record(reservation: Reservation, written: Written, started: float) -> TurnRecord:
    end = written.end
    outcome = end.error.code if end.error else end.status
    return TurnRecord(
        written.model_id,
        reservation.day,
        outcome,
        round((time.monotonic() - started) * 1000),
        written.usage,
    )
