"""One turn, whichever API calls for it: opened once, whatever comes twice, and generated."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from handler.chat.admission import Admission
from handler.chat.budget import Budget
from handler.chat.generation import ReplyGenerator, stored_message
from handler.chat.outcome import CompletionRequest, OpenedTurn, TurnCall, TurnOutcome
from handler.chat.ports import ChatStore, Clock
from handler.chat.report import TurnReport
from handler.errors import Conflict, NotFound
from handler.ids import id_after, new_id
from handler.models.fallback import Backends, FallbackChain
from handler.models.prompt import HISTORY_MESSAGES, Prompt, build_prompt
from handler.money import Begun, Reservation
from handler.text import title_of
from handler.values import Conversation, Message, Turn, TurnRequest, iso


@dataclass(frozen=True, slots=True)
class TurnOpener:
    """Reserves for a turn and stores what it starts with, or finds the reply that exists."""

    store: ChatStore
    budget: Budget
    persona: str
    clock: Clock

    def open(
        self, request: TurnRequest | CompletionRequest, call: TurnCall, models: FallbackChain
    ) -> OpenedTurn | TurnOutcome:
        """Raises NotFound (conversation or replaced message), Conflict (another turn runs here),
        BudgetExhausted."""
        if isinstance(request, CompletionRequest):
            return self._open_completion(request, call, models)
        guest_id = call.admitted.guest.id
        claim = self.store.turns.claimed(guest_id, request.message_id)
        if claim is None:
            try:
                return self._open_new(request, call, models)
            except Conflict:
                # The same message may have come twice at once: the other call claimed it then.
                claim = self.store.turns.claimed(guest_id, request.message_id)
                if claim is None:
                    raise
        return self._open_claimed(claim, call, models)

    def _open_completion(
        self, request: CompletionRequest, call: TurnCall, models: FallbackChain
    ) -> OpenedTurn:
        now = self.clock()
        turn = Turn(call.admitted.guest.id, "", "", new_id(now))
        with self._opening(turn, request.prompt, call, models) as (reservation, begun):
            self.store.turn_log.begin(turn, begun, now=now)
        reply = _empty_reply(turn, iso(now), models)
        return OpenedTurn(turn, None, reply, request.prompt, reservation, request.sampling)

    def _open_new(self, request: TurnRequest, call: TurnCall, models: FallbackChain) -> OpenedTurn:
        guest_id, now = call.admitted.guest.id, self.clock()
        stamp, new = iso(now), request.conversation_id is None
        with call.timings.stage("history"):
            if request.conversation_id is None:
                conversation = Conversation(new_id(now), title_of(request.text), stamp, stamp)
            else:
                conversation = self.store.conversations.get(guest_id, request.conversation_id)
            replaced = self._replaced(request, guest_id, conversation)
            history = [] if new else self._history(guest_id, conversation.id)
            if history and history[-1].status == "streaming":
                raise Conflict
            if history and replaced:
                history = self._history(guest_id, conversation.id, before=replaced)
            prompt = build_prompt(self.persona, history, request.text)
        # Turns sort by id: never before the newest one, even if this machine's clock lags.
        reply_id = max(new_id(now), id_after(conversation.turn))
        turn = Turn(guest_id, conversation.id, request.message_id, reply_id)
        question = Message(
            turn.message_id, conversation.id, "user", request.text, "complete", stamp, reply_id
        )
        reply, seen = _empty_reply(turn, stamp, models), conversation.turn
        conversation = replace(conversation, updated_at=stamp)
        with self._opening(turn, prompt, call, models) as (reservation, begun):
            self.store.turns.open(
                turn, conversation, question, reply, begun=begun, new=new, seen=seen, now=now
            )
            if replaced:
                self.store.messages.delete_from(
                    guest_id, conversation.id, first=replaced, end=reply_id
                )
        return OpenedTurn(turn, conversation, reply, prompt, reservation)

    def _open_claimed(
        self, claim: Turn, call: TurnCall, models: FallbackChain
    ) -> OpenedTurn | TurnOutcome:
        """A message id that came before: its reply as it stands or, if that failed, a retry."""
        now = self.clock()
        reply = stored_message(self.store, claim, "assistant", now)
        former = self.store.turn_log.turn(claim.reply_id, claim.guest_id)
        if former is None:
            raise NotFound("This message was deleted.")
        if reply.status != "failed":
            return TurnOutcome(former, reply)
        conversation = self.store.conversations.get(claim.guest_id, claim.conversation_id)
        history = self._history(claim.guest_id, claim.conversation_id, before=claim.reply_id)
        question = stored_message(self.store, claim, "user", now)
        prompt = build_prompt(self.persona, history, question.text)
        retry = replace(former, attempt=former.attempt + 1)
        try:
            with self._opening(retry, prompt, call, models) as (reservation, _):
                self.store.turns.reopen(retry, now=now)
        except Conflict:
            return TurnOutcome(former, reply)
        return OpenedTurn(retry, conversation, reply, prompt, reservation)

    @contextmanager
    def _opening(
        self, turn: Turn, prompt: Prompt, call: TurnCall, models: FallbackChain
    ) -> Iterator[tuple[Reservation, Begun]]:
        """A turn's money while it is stored, and what its record begins with."""
        with call.timings.stage("open"):
            begun = self.budget.begun(prompt, models.cards)
            with self.budget.reserved(turn, prompt, models.cards) as reservation:
                yield reservation, begun

    def _history(
        self, guest_id: str, conversation_id: str, before: str | None = None
    ) -> list[Message]:
        return self.store.messages.recent(
            guest_id, conversation_id, before=before, limit=HISTORY_MESSAGES, now=self.clock()
        )

    def _replaced(
        self, request: TurnRequest, guest_id: str, conversation: Conversation
    ) -> str | None:
        """The reply id of the turn from which on this one replaces. Raises NotFound."""
        if request.replaces is None:
            return None
        former = self.store.turns.claimed(guest_id, request.replaces)
        if former is None or former.conversation_id != conversation.id:
            raise NotFound("The message to replace is not in this conversation.")
        return former.reply_id


@dataclass(frozen=True, slots=True)
class TurnRunner:
    """The one way in which a turn is taken."""

    admission: Admission
    backends: Backends
    opener: TurnOpener
    generator: ReplyGenerator
    report: TurnReport

    def run_turn(self, call: TurnCall, request: TurnRequest | CompletionRequest) -> TurnOutcome:
        """Open the turn and generate its reply, or find the reply that exists.

        The guest's count is given back where no model wrote anything, and one line reports the
        turn. Raises ChatError, and what nothing foresaw."""
        try:
            models = self.backends.of(call.admitted.switch)
            opened = self.opener.open(request, call, models)
            if isinstance(opened, TurnOutcome):
                outcome = opened
            else:
                outcome = self.generator.generate(opened, models, call)
        except Exception as error:
            self.admission.give_back(call.admitted)
            self.report.without_model(call, error)
            raise
        if outcome.is_free:
            self.admission.give_back(call.admitted)
        self.report.turn(call, outcome)
        return outcome if outcome.generation else self.generator.follow(outcome, call)


def _empty_reply(turn: Turn, stamp: str, models: FallbackChain) -> Message:
    id, model = turn.reply_id, models.cards[0].id
    return Message(id, turn.conversation_id, "assistant", "", "streaming", stamp, id, model)
