"""Generating one reply: a model writes, the store keeps, the listeners read; none of them holds up
another."""

import threading
import time
from contextlib import closing
from dataclasses import replace

from handler.chat.broadcast import Broadcast, Poster
from handler.chat.budget import Budget
from handler.chat.checkpoint import Checkpoint
from handler.chat.outcome import GeneratedReply, OpenedTurn, TurnCall, TurnOutcome
from handler.chat.ports import ChatStore, Clock
from handler.chat.transcript import ReplyEnd, Transcript
from handler.errors import ChatError, Internal, NotFound
from handler.models.fallback import Answer, FallbackChain
from handler.models.prompt import Prompt, estimate_tokens
from handler.money import TurnRecord
from handler.schemas import failed_frame, finished_frame, quota_json, started_frame
from handler.telemetry.timings import Timings
from handler.values import Message, Usage

# The stop reason of a reply that the guardrail replaced or cut.
_GUARDED = "guardrail_intervened"
# The model's own reasons, as the contract's statuses; unknown ones are an end like any other.
_STATUS = {"max_tokens": "truncated", "model_context_window_exceeded": "truncated"}


class ReplyGenerator:
    """Has the models of a turn write its reply. `clock` is the time of day; durations use the
    monotonic clock."""

    def __init__(
        self, store: ChatStore, budget: Budget, poster: Poster, *, max_tokens: int, clock: Clock
    ) -> None:
        self._store = store
        self._budget = budget
        self._poster = poster
        self._max_tokens = max_tokens
        self._clock = clock

    def generate(self, opened: OpenedTurn, models: FallbackChain, call: TurnCall) -> TurnOutcome:
        """Write the reply of an opened turn, store its end and settle its cost."""
        started, transcript = time.monotonic(), Transcript()
        max_tokens = min(opened.sampling.max_tokens or self._max_tokens, self._max_tokens)
        answer = models.answer(
            opened.prompt, max_tokens=max_tokens, temperature=opened.sampling.temperature
        )
        threading.Thread(target=_pump, args=(answer, transcript), daemon=True).start()
        title = opened.conversation.title if opened.conversation else ""
        broadcast = Broadcast(self._poster, started_frame(opened.turn, title), transcript)
        if call.connection_id:
            broadcast.join([call.connection_id])
        try:
            self._watch(opened, transcript, broadcast, call.seconds)
        finally:
            # Whatever broke the watch ends the model's stream too.
            end = transcript.close(ReplyEnd("failed", error=Internal()))
        generated = GeneratedReply(
            end=end,
            text=transcript.text,
            usage=_usage(end, transcript.text, opened.prompt, answer),
            model_id=answer.card.id,
            backend=models.backend,
            by_main=answer.card == models.main,
            tried=answer.tried,
            first_delta_ms=_note_stages(call.timings, started, transcript.began),
        )
        return self._finish(opened, generated, broadcast, call, started)

    def _finish(
        self,
        opened: OpenedTurn,
        generated: GeneratedReply,
        broadcast: Broadcast,
        call: TurnCall,
        started: float,
    ) -> TurnOutcome:
        end, turn = generated.end, opened.turn
        reply = replace(
            opened.reply,
            text=generated.text,
            status=end.status,
            guarded=end.guarded,
            model=generated.model_id,
            usage=generated.usage,
        )
        with call.timings.stage("store"):
            listeners = self._store_end(opened, reply, generated, started)
        with call.timings.stage("tell"):
            broadcast.join(listeners)
            quota = quota_json(call.admitted.guest, self._clock())
            failed = failed_frame(turn.message_id, end.error) if end.error else None
            broadcast.end(failed or finished_frame(reply, quota))
        return TurnOutcome(turn, reply, generated)

    def replay(self, outcome: TurnOutcome, call: TurnCall, connection_id: str) -> None:
        """Stream a reply that another call generates to one more socket: the running turn does it
        or, once that has ended, this one. Raises NotFound."""
        turn, reply = outcome.turn, outcome.reply
        if reply.status == "streaming" and self._store.replies.ask_to_listen(turn, connection_id):
            return
        ended = self._store.messages.of_turn(turn, "assistant", now=self._clock())
        if ended is None:
            raise NotFound("This message was deleted.")
        conversation = self._store.conversations.get(turn.guest_id, turn.conversation_id)
        transcript = Transcript()
        transcript.write(ended.text)
        transcript.close(ReplyEnd(ended.status))
        broadcast = Broadcast(self._poster, started_frame(turn, conversation.title), transcript)
        broadcast.join([connection_id])
        # The count of this call was given back.
        guest = replace(call.admitted.guest, used=call.admitted.guest.used - 1)
        broadcast.end(finished_frame(ended, quota_json(guest, self._clock())))

    def _watch(
        self, opened: OpenedTurn, transcript: Transcript, broadcast: Broadcast, seconds: float
    ) -> None:
        """Until the end: save checkpoints, obey a stop request, let others listen in."""
        until = time.monotonic() + seconds
        checkpoint = Checkpoint(self._store.replies, opened.turn, clock=self._clock)
        while not transcript.wait_end(0.2):
            if time.monotonic() >= until:
                transcript.close(ReplyEnd("truncated"))
                return
            control = checkpoint.check(transcript.text) if opened.conversation else None
            if control and control.stop:
                transcript.close(ReplyEnd("stopped"))
            elif control:
                broadcast.join(control.listeners)

    def _store_end(
        self, opened: OpenedTurn, reply: Message, generated: GeneratedReply, started: float
    ) -> frozenset[str]:
        """Store the reply, leave the attempt's record and settle its cost; who listens by now."""
        end, reservation = generated.end, opened.reservation
        milliseconds = round((time.monotonic() - started) * 1000)
        outcome = end.error.code if end.error else end.status
        record = TurnRecord(
            generated.model_id, reservation.day, outcome, milliseconds, generated.usage
        )
        try:
            if opened.conversation:
                self._store.replies.finish(opened.turn, reply)
        finally:
            # From here on nobody can join any more; who did until now listens to this turn,
            # everybody later reads the stored reply.
            control, record = self._store.replies.close(opened.turn, record)
            self._budget.settle(reservation, record)
        return control.listeners


def _pump(answer: Answer, transcript: Transcript) -> None:
    """Move the model's words into the transcript, in a thread of its own, so that nothing can make
    the model wait."""
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
        status = _STATUS.get(reason, "complete")
        transcript.close(ReplyEnd(status, usage, guarded=reason == _GUARDED))
    except ChatError as error:
        transcript.close(ReplyEnd("failed", error=error))
    except Exception as error:
        failure = Internal()
        failure.__cause__ = error
        transcript.close(ReplyEnd("failed", error=failure))


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
