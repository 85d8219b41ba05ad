"""Generating one reply: a model writes, the store keeps, the listeners read; none of them holds up
another."""

import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace

from handler.chat.broadcast import Broadcast, Poster
from handler.chat.budget import Budget
from handler.chat.checkpoint import Checkpoint
from handler.chat.outcome import Generation, OpenedTurn, TurnCall, TurnOutcome
from handler.chat.ports import ChatStore, Clock
from handler.chat.transcript import ReplyEnd, Transcript
from handler.errors import ChatError, Internal, NotFound
from handler.models.fallback import Answer, FallbackChain
from handler.models.prompt import Prompt, estimate_tokens
from handler.money import TurnRecord
from handler.schemas import Json, failed_frame, finished_frame, quota_json, started_frame
from handler.telemetry.timings import Timings
from handler.values import Message, Turn, Usage

# The stop reason of a reply that the guardrail replaced or cut.
_GUARDED = "guardrail_intervened"
# The model's own reasons, as the contract's statuses; unknown ones are an end like any other.
_STATUS = {"max_tokens": "truncated", "model_context_window_exceeded": "truncated"}


@dataclass(frozen=True, slots=True)
class ReplyGenerator:
    """`clock` is the time of day; durations use the monotonic clock."""

    store: ChatStore
    budget: Budget
    poster: Poster
    max_tokens: int
    clock: Clock

    def generate(self, opened: OpenedTurn, models: FallbackChain, call: TurnCall) -> TurnOutcome:
        """Write the reply of an opened turn, store its end and settle its cost."""
        started, transcript, sampling = time.monotonic(), Transcript(), opened.sampling
        max_tokens = min(sampling.max_tokens or self.max_tokens, self.max_tokens)
        answer = models.answer(
            opened.prompt, max_tokens=max_tokens, temperature=sampling.temperature
        )
        threading.Thread(target=_pump, args=(answer, transcript), daemon=True).start()
        title = opened.conversation.title if opened.conversation else ""
        broadcast = Broadcast(self.poster, started_frame(opened.turn, title), transcript)
        if call.connection_id:
            broadcast.join([call.connection_id])
        try:
            self._watch(opened, transcript, broadcast, call.seconds)
        finally:
            # An end of the watch's own, or whatever broke it, ends the model's stream too.
            end = transcript.close(ReplyEnd("failed", error=Internal()))
            if not end.by_model:
                answer.abort()
        text, card = transcript.text, answer.card
        usage = _usage(end, text, opened.prompt, answer)
        reply = replace(opened.reply, text=text, model=card.id, usage=usage)
        reply = replace(reply, status=end.status, guarded=end.guarded)
        first_delta_ms = _note_stages(call.timings, started, transcript.began)
        by_main = card == models.main
        generation = Generation(end, models.backend, by_main, answer.tried, first_delta_ms)
        outcome = TurnOutcome(opened.turn, reply, generation)
        milliseconds = round((time.monotonic() - started) * 1000)
        code = end.error.code if end.error else end.status
        record = TurnRecord(card.id, opened.reservation.day, code, milliseconds, usage)
        with call.timings.stage("store"):
            listeners = self._store_end(opened, reply, record)
        with call.timings.stage("tell"):
            broadcast.join(listeners)
            broadcast.end(self._last_frame(outcome, call))
        return outcome

    def follow(self, outcome: TurnOutcome, call: TurnCall) -> TurnOutcome:
        """A reply that another call generates: a socket listens to it, or to its text once it has
        ended; a call without one waits for its end. Raises NotFound."""
        turn, reply, connection_id = outcome.turn, outcome.reply, call.connection_id
        if connection_id:
            self._listen(outcome, call, connection_id)
            return outcome
        until = time.monotonic() + call.seconds
        while reply.status == "streaming" and time.monotonic() < until:
            time.sleep(0.5)
            reply = stored_message(self.store, turn, "assistant", self.clock())
        return TurnOutcome(turn, reply)

    def _listen(self, outcome: TurnOutcome, call: TurnCall, connection_id: str) -> None:
        turn, is_running = outcome.turn, outcome.reply.status == "streaming"
        if is_running and self.store.replies.ask_to_listen(turn, connection_id):
            return
        reply = stored_message(self.store, turn, "assistant", self.clock())
        conversation = self.store.conversations.get(turn.guest_id, turn.conversation_id)
        transcript = Transcript()
        transcript.write(reply.text)
        transcript.close(ReplyEnd(reply.status))
        broadcast = Broadcast(self.poster, started_frame(turn, conversation.title), transcript)
        broadcast.join([connection_id])
        broadcast.end(self._last_frame(TurnOutcome(turn, reply), call))

    def _last_frame(self, outcome: TurnOutcome, call: TurnCall) -> Json:
        if outcome.error:
            return failed_frame(outcome.turn.message_id, outcome.error)
        guest = call.admitted.guest
        guest = replace(guest, used=guest.used - int(outcome.is_free))
        return finished_frame(outcome.reply, quota_json(guest, self.clock()))

    def _watch(
        self, opened: OpenedTurn, transcript: Transcript, broadcast: Broadcast, seconds: float
    ) -> None:
        """Until the end: save checkpoints, obey a stop request, let others listen in."""
        until = time.monotonic() + seconds
        checkpoint = Checkpoint(self.store.replies, opened.turn, clock=self.clock)
        while not transcript.wait_end(0.2):
            if time.monotonic() >= until:
                transcript.close(ReplyEnd("truncated"))
                return
            control = checkpoint.check(transcript.text) if opened.conversation else None
            if control and control.stop:
                transcript.close(ReplyEnd("stopped"))
            elif control:
                broadcast.join(control.listeners)

    def _store_end(self, opened: OpenedTurn, reply: Message, record: TurnRecord) -> frozenset[str]:
        """Store the reply, leave the attempt's record and settle its cost; who listens by now."""
        try:
            if opened.conversation:
                self.store.replies.finish(opened.turn, reply)
        finally:
            # From here on nobody can join any more; who did until now listens to this turn,
            # everybody later reads the stored reply.
            control, record = self.store.replies.close(opened.turn, record)
            self.budget.settle(opened.reservation, record)
        return control.listeners


def stored_message(store: ChatStore, turn: Turn, role: str, now: float) -> Message:
    """One of a turn's two messages. Raises NotFound."""
    message = store.messages.of_turn(turn, role, now=now)
    if message is None:
        raise NotFound("This message was deleted.")
    return message


def _pump(answer: Answer, transcript: Transcript) -> None:
    """Move the model's words into the transcript, in a thread of its own, so that nothing can make
    the model wait."""
    reason, usage = "", None
    try:
        with closing(iter(answer)) as events:
            for event in events:
                if "text" in event and not transcript.write(event["text"]):
                    return
                reason = event.get("stop", reason)
                usage = event.get("usage", usage)
        status, guarded = _STATUS.get(reason, "complete"), reason == _GUARDED
        end = ReplyEnd(status, usage, guarded=guarded, by_model=True)
    except ChatError as error:
        end = ReplyEnd("failed", error=error, by_model=True)
    except Exception as error:
        failure = Internal()
        failure.__cause__ = error
        end = ReplyEnd("failed", error=failure, by_model=True)
    transcript.close(end)


def _note_stages(timings: Timings, started: float, began: float | None) -> int | None:
    """Note how long the model took to its first word and to its last; when the first one came."""
    ended = time.monotonic()
    timings.note("model", started, began or ended)
    if began is None:
        return None
    timings.note("stream", began, ended)
    return timings.at(began)


def _usage(end: ReplyEnd, text: str, prompt: Prompt, answer: Answer) -> Usage | None:
    """What the models used. A stream that was cut has no usage of its own: it is estimated and
    marked so; None if no model was called."""
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
    estimated = bool(lost) or not end.usage
    return Usage(counts[0] + tokens * len(lost), counts[1], cost=cost, estimated=estimated)
