"""One turn: opened once, whatever comes twice, and written. Is handed its store and its writer;
knows no AWS."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from handler.chat.budget import Budget
from handler.chat.generation import Audience, Writer
from handler.chat.outcome import Opened, Outcome
from handler.errors import Conflict, NotFound
from handler.ids import id_after, new_id
from handler.models.fallback import FallbackChain
from handler.models.prompt import HISTORY_MESSAGES, Prompt, build_prompt
from handler.money import Reservation
from handler.store import Store
from handler.telemetry.timings import Timings
from handler.text import title_of
from handler.values import Conversation, Message, Turn, TurnRequest, iso


class Chat:
    """Takes turns."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        budget: Budget,
        *,
        persona: str,
        clock: Callable[[], float] = time.time,
    ):
        self._store, self._writer, self._budget, self._persona, self._clock = (
            store,
            writer,
            budget,
            persona,
            clock,
        )

    def take(
        self,
        ask: TurnRequest,
        guest_id: str,
        models: FallbackChain,
        audience: Audience,
        timeline: Timings,
        *,
        seconds: float,
    ) -> Outcome:
        """Take the turn, or find it taken; `models` write its reply. A reply that is not done in
        `seconds` ends as `truncated`.

        Raises NotFound (conversation or replaced message), Conflict (another turn runs here),
        BudgetExhausted."""
        taken = self._store.turns.claimed(guest_id, ask.message_id)
        if taken:
            return self._again(taken, models, audience, timeline, seconds)
        try:
            opened = self._open(ask, guest_id, models, timeline)
        except Conflict:
            # The same message may have come twice at once: the other call has it then.
            taken = self._store.turns.claimed(guest_id, ask.message_id)
            if taken is None:
                raise
            return self._again(taken, models, audience, timeline, seconds)
        return self._writer.write(opened, models, audience, timeline, seconds)

    def _open(
        self, ask: TurnRequest, guest_id: str, models: FallbackChain, timeline: Timings
    ) -> Opened:
        now, asked = self._clock(), time.monotonic()
        new = ask.conversation_id is None
        stamp = iso(now)
        if new:
            conversation = Conversation(new_id(now), title_of(ask.text), stamp, stamp)
        else:
            conversation = self._store.conversations.get(guest_id, ask.conversation_id)
        history, replaced = self._history(ask, guest_id, conversation, new)
        # Turns sort by id: never before the newest one, even if this machine's clock lags.
        turn = Turn(
            guest_id, conversation.id, ask.message_id, max(new_id(now), id_after(conversation.turn))
        )
        question = Message(
            ask.message_id, conversation.id, "user", ask.text, "complete", stamp, turn.reply_id
        )
        reply = Message(
            turn.reply_id,
            conversation.id,
            "assistant",
            "",
            "streaming",
            stamp,
            turn.reply_id,
            models.cards[0].id,
        )
        prompt = build_prompt(self._persona, history, ask.text)
        began = time.monotonic()
        timeline.note("history", asked, began)
        with self._reserved(turn, prompt, models) as reservation:
            conversation, seen = replace(conversation, updated_at=stamp), conversation.turn
            begun = self._budget.begun(prompt, models.cards)
            self._store.turns.open(
                turn, conversation, question, reply, begun=begun, new=new, seen=seen, now=now
            )
        if replaced:
            self._store.messages.delete_from(
                guest_id, conversation.id, first=replaced, end=turn.reply_id
            )
        timeline.note("open", began, time.monotonic())
        return Opened(turn, reply, prompt, reservation)

    @contextmanager
    def _reserved(self, turn: Turn, prompt: Prompt, models: FallbackChain) -> Iterator[Reservation]:
        """The turn's money, given back if it does not open after all."""
        reservation = self._budget.reserve(turn, prompt, models.cards)
        try:
            yield reservation
        except Exception:
            self._budget.settle(reservation, None)
            raise

    def _history(
        self, ask: TurnRequest, guest_id: str, conversation: Conversation, new: bool
    ) -> tuple[list[Message], str | None]:
        """The messages before this turn, and the turn from which on it replaces. Raises Conflict,
        NotFound."""
        replaced = None
        if ask.replaces:
            former = self._store.turns.claimed(guest_id, ask.replaces)
            if former is None or former.conversation_id != conversation.id:
                raise NotFound("The message to replace is not in this conversation.")
            replaced = former.reply_id
        if new:
            return [], replaced
        now = self._clock()
        history = self._store.messages.recent(
            guest_id, conversation.id, before=None, limit=HISTORY_MESSAGES, now=now
        )
        if history and history[-1].status == "streaming":
            raise Conflict
        if replaced:
            history = self._store.messages.recent(
                guest_id, conversation.id, before=replaced, limit=HISTORY_MESSAGES, now=now
            )
        return history, replaced

    def _again(
        self,
        turn: Turn,
        models: FallbackChain,
        audience: Audience,
        timeline: Timings,
        seconds: float,
    ) -> Outcome:
        """A message id that was sent before: its reply as it stands, or, if that failed, a new
        attempt."""
        reply = self._store.messages.of_turn(turn, "assistant", now=self._clock())
        former = self._store.turn_log.turn(turn.reply_id, turn.guest_id)
        if reply is None or former is None:
            raise NotFound("This message was deleted.")
        if reply.status != "failed":
            return Outcome(former, reply)
        question = self._store.messages.of_turn(turn, "user", now=self._clock())
        history = self._store.messages.recent(
            turn.guest_id,
            turn.conversation_id,
            before=turn.reply_id,
            limit=HISTORY_MESSAGES,
            now=self._clock(),
        )
        prompt = build_prompt(self._persona, history, question.text)
        again = replace(former, attempt=former.attempt + 1)
        try:
            with timeline.stage("open"), self._reserved(again, prompt, models) as reservation:
                self._store.turns.reopen(again, now=self._clock())
        except Conflict:
            return Outcome(former, reply)
        return self._writer.write(
            Opened(again, reply, prompt, reservation), models, audience, timeline, seconds
        )
