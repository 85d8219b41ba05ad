"""Writing one reply: the model writes, the store keeps, the audience reads; none of them holds up another."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from handler.errors import ChatError, Internal
from handler.keeper import Keeper
from handler.models.catalog import ModelCard
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
        """One reply: iterated for its events, `abort()` from any thread; leaving the context ends the generation."""


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

    def __init__(self, store: Store, model: Model, *, max_tokens: int, clock: Callable[[], float]):
        self._store, self._model, self._clock = store, model, clock
        self.card, self.max_tokens = model.card, max_tokens

    def write(self, turn: Turn, reply: Message, prompt: dict, audience: Audience, seconds: float) -> Outcome:
        """Write the reply of an opened turn; what is not written in `seconds` ends as `truncated`."""
        transcript = Transcript()
        threading.Thread(target=self._pump, args=(prompt, transcript, {"max_tokens": self.max_tokens}), daemon=True).start()
        audience.begin(turn, transcript)
        try:
            self._watch(turn, transcript, audience, seconds)
        finally:
            # Whatever broke the watch ends the model's stream too.
            transcript.close(End("failed", error=Internal()))
        end = transcript.end
        reply = self._settle(turn, replace(reply, text=transcript.text, status=end.status, guarded=end.guarded), end, prompt)
        # From here on nobody can join any more; who did until now is told by this turn, everybody later reads the stored reply.
        audience.join(self._store.replies.close(turn).listeners)
        audience.end(turn, reply, end.error)
        return Outcome(turn, reply, asked=True, error=end.error)

    def complete(
        self, guest_id: str, prompt: dict, *, max_tokens: int | None, temperature: float | None, seconds: float
    ) -> tuple[End, str, Usage | None]:
        """One reply that is not stored but paid for: its end, text and usage."""
        limits = {"max_tokens": int(min(max_tokens or self.max_tokens, self.max_tokens))}
        if temperature is not None:
            limits["temperature"] = min(float(temperature), 1.0)
        transcript = Transcript()
        threading.Thread(target=self._pump, args=(prompt, transcript, limits), daemon=True).start()
        transcript.wait_end(seconds)
        transcript.close(End("truncated"))
        return transcript.end, transcript.text, self._charge(guest_id, transcript.end, transcript.text, prompt)

    def _pump(self, prompt: dict, transcript: Transcript, limits: dict) -> None:
        """Move what the model writes into the transcript, in a thread of its own: nobody can make the model wait."""
        reason, usage = "", None
        try:
            with self._model.stream(prompt, **limits) as reply:
                transcript.when_closed(reply.abort)
                for event in reply:
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

    def _settle(self, turn: Turn, reply: Message, end: End, prompt: dict) -> Message:
        """Store the end and its cost."""
        usage = self._charge(turn.guest_id, end, reply.text, prompt)
        reply = replace(reply, model=self.card.id, usage=usage)
        self._store.replies.finish(turn, reply)
        return reply

    def _charge(self, guest_id: str, end: End, text: str, prompt: dict) -> Usage | None:
        """Add a reply's cost to the spend. A stream that was cut has no usage of its own: it is estimated and marked so."""
        if end.usage:
            usage = Usage(*end.usage, cost=self.card.cost(*end.usage))
        elif text or end.status != "failed":
            counts = (prompt_tokens(prompt), estimate_tokens(text))
            usage = Usage(*counts, cost=self.card.cost(*counts), estimated=True)
        else:
            return None
        self._store.stack.add_spend(usage.cost, guest_id=guest_id, now=self._clock())
        return usage
