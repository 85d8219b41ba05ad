"""One turn, whichever API calls for it: opened once, whatever comes twice, and generated."""

from dataclasses import replace

from handler.chat.admission import Admission
from handler.chat.budget import Budget
from handler.chat.generation import ReplyGenerator
from handler.chat.outcome import CompletionRequest, OpenedTurn, TurnCall, TurnOutcome
from handler.chat.ports import ChatStore, Clock
from handler.chat.report import TurnReport
from handler.errors import Conflict, NotFound
from handler.ids import id_after, new_id
from handler.models.fallback import Backends, FallbackChain
from handler.models.prompt import HISTORY_MESSAGES, build_prompt
from handler.text import title_of
from handler.values import Conversation, Message, Turn, TurnRequest, iso


class TurnOpener:
    """Reserves for a turn and stores what it starts with, or finds the reply that exists."""

    def __init__(self, store: ChatStore, budget: Budget, *, persona: str, clock: Clock) -> None:
        self._store = store
        self._budget = budget
        self._persona = persona
        self._clock = clock

    def open(
        self, request: TurnRequest, call: TurnCall, models: FallbackChain
    ) -> OpenedTurn | TurnOutcome:
        """A turn in a conversation. Raises NotFound (conversation or replaced message), Conflict
        (another turn runs here), BudgetExhausted."""
        guest_id = call.admitted.guest.id
        claim = self._store.turns.claimed(guest_id, request.message_id)
        if claim is None:
            try:
                return self._open_new(request, call, models)
            except Conflict:
                # The same message may have come twice at once: the other call claimed it then.
                claim = self._store.turns.claimed(guest_id, request.message_id)
                if claim is None:
                    raise
        return self._open_claimed(claim, call, models)

    def open_completion(
        self, request: CompletionRequest, call: TurnCall, models: FallbackChain
    ) -> OpenedTurn:
        """A turn in no conversation. Raises BudgetExhausted."""
        prompt, now = request.prompt, self._clock()
        turn = Turn(call.admitted.guest.id, "", "", new_id(now))
        with (
            call.timings.stage("open"),
            self._budget.reserved(turn, prompt, models.cards) as reservation,
        ):
            begun = self._budget.begun(prompt, models.cards)
            self._store.turn_log.begin(turn, begun, now=now)
        reply = _empty_reply(turn, iso(now), models)
        return OpenedTurn(turn, None, reply, prompt, reservation, request.sampling)

    def _open_new(self, request: TurnRequest, call: TurnCall, models: FallbackChain) -> OpenedTurn:
        guest_id, now = call.admitted.guest.id, self._clock()
        stamp, is_new = iso(now), request.conversation_id is None
        with call.timings.stage("history"):
            if request.conversation_id is None:
                conversation = Conversation(new_id(now), title_of(request.text), stamp, stamp)
            else:
                conversation = self._store.conversations.get(guest_id, request.conversation_id)
            replaced = self._replaced(request, guest_id, conversation)
            history = [] if is_new else self._history(guest_id, conversation.id)
            if history and history[-1].status == "streaming":
                raise Conflict
            if history and replaced:
                history = self._history(guest_id, conversation.id, before=replaced)
            prompt = build_prompt(self._persona, history, request.text)
        # Turns sort by id: never before the newest one, even if this machine's clock lags.
        reply_id = max(new_id(now), id_after(conversation.turn))
        turn = Turn(guest_id, conversation.id, request.message_id, reply_id)
        question = Message(
            turn.message_id, conversation.id, "user", request.text, "complete", stamp, reply_id
        )
        reply = _empty_reply(turn, stamp, models)
        with call.timings.stage("open"):
            with self._budget.reserved(turn, prompt, models.cards) as reservation:
                self._store.turns.open(
                    turn,
                    replace(conversation, updated_at=stamp),
                    question,
                    reply,
                    begun=self._budget.begun(prompt, models.cards),
                    new=is_new,
                    seen=conversation.turn,
                    now=now,
                )
            if replaced:
                self._store.messages.delete_from(
                    guest_id, conversation.id, first=replaced, end=reply_id
                )
        return OpenedTurn(turn, conversation, reply, prompt, reservation)

    def _open_claimed(
        self, claim: Turn, call: TurnCall, models: FallbackChain
    ) -> OpenedTurn | TurnOutcome:
        """A message id that came before: its reply as it stands or, if that failed, a retry."""
        reply = self._message(claim, "assistant")
        former = self._store.turn_log.turn(claim.reply_id, claim.guest_id)
        if former is None:
            raise NotFound("This message was deleted.")
        if reply.status != "failed":
            return TurnOutcome(former, reply)
        conversation = self._store.conversations.get(claim.guest_id, claim.conversation_id)
        question = self._message(claim, "user")
        history = self._history(claim.guest_id, claim.conversation_id, before=claim.reply_id)
        prompt = build_prompt(self._persona, history, question.text)
        retry = replace(former, attempt=former.attempt + 1)
        try:
            with (
                call.timings.stage("open"),
                self._budget.reserved(retry, prompt, models.cards) as reservation,
            ):
                self._store.turns.reopen(retry, now=self._clock())
        except Conflict:
            return TurnOutcome(former, reply)
        return OpenedTurn(retry, conversation, reply, prompt, reservation)

    def _message(self, turn: Turn, role: str) -> Message:
        message = self._store.messages.of_turn(turn, role, now=self._clock())
        if message is None:
            raise NotFound("This message was deleted.")
        return message

    def _history(
        self, guest_id: str, conversation_id: str, before: str | None = None
    ) -> list[Message]:
        return self._store.messages.recent(
            guest_id, conversation_id, before=before, limit=HISTORY_MESSAGES, now=self._clock()
        )

    def _replaced(
        self, request: TurnRequest, guest_id: str, conversation: Conversation
    ) -> str | None:
        """The reply id of the turn from which on this one replaces. Raises NotFound."""
        if request.replaces is None:
            return None
        former = self._store.turns.claimed(guest_id, request.replaces)
        if former is None or former.conversation_id != conversation.id:
            raise NotFound("The message to replace is not in this conversation.")
        return former.reply_id


class TurnRunner:
    """The one way in which a turn is taken."""

    def __init__(
        self,
        admission: Admission,
        backends: Backends,
        opener: TurnOpener,
        generator: ReplyGenerator,
        report: TurnReport,
    ) -> None:
        self._admission = admission
        self._backends = backends
        self._opener = opener
        self._generator = generator
        self._report = report

    def run_turn(self, call: TurnCall, request: TurnRequest | CompletionRequest) -> TurnOutcome:
        """Open the turn and generate its reply, or find the reply that exists.

        The guest's count is given back where no model wrote anything, and one line reports the
        turn. Raises ChatError, and what nothing foresaw."""
        try:
            outcome = self._outcome(call, request)
        except Exception as error:
            self._admission.give_back(call.admitted)
            self._report.refused(call, error)
            raise
        if outcome.is_free:
            self._admission.give_back(call.admitted)
        self._report.turn(call, outcome)
        if outcome.generated is None and call.connection_id:
            self._generator.replay(outcome, call, call.connection_id)
        return outcome

    def _outcome(self, call: TurnCall, request: TurnRequest | CompletionRequest) -> TurnOutcome:
        models = self._backends.of(call.admitted.switch)
        if isinstance(request, CompletionRequest):
            opened = self._opener.open_completion(request, call, models)
        else:
            found = self._opener.open(request, call, models)
            if isinstance(found, TurnOutcome):
                return found
            opened = found
        return self._generator.generate(opened, models, call)


def _empty_reply(turn: Turn, stamp: str, models: FallbackChain) -> Message:
    return Message(
        id=turn.reply_id,
        conversation_id=turn.conversation_id,
        role="assistant",
        text="",
        status="streaming",
        created_at=stamp,
        turn=turn.reply_id,
        model=models.cards[0].id,
    )
