"""The HTTP API: one method a route of the contract (docs/api.md, "HTTP")."""

from collections.abc import Callable
from dataclasses import dataclass

from handler import __version__
from handler.api.events import TURN_SECONDS, HttpCall, answer, json_object, public, refusal
from handler.api.openai import OpenAiApi, error_json
from handler.chat.admission import Admission
from handler.chat.budget import Budget
from handler.chat.outcome import TurnCall
from handler.chat.turn import TurnRunner
from handler.errors import InvalidRequest, NotFound
from handler.ids import is_id
from handler.models.fallback import Backends
from handler.schemas import (
    Json,
    conversation_json,
    message_json,
    model_json,
    parse_title,
    parse_turn,
    problem_json,
    quota_json,
    spend_json,
)
from handler.store import Store
from handler.telemetry.timings import Timings
from handler.values import iso


@dataclass(frozen=True, slots=True)
class HttpApi:
    store: Store
    admission: Admission
    budget: Budget
    backends: Backends
    turns: TurnRunner
    openai: OpenAiApi
    clock: Callable[[], float]

    def handle(self, call: HttpCall) -> tuple[Json, Exception | None]:
        """The answer to a call, and the error that refused or failed it."""
        try:
            return ROUTES.get(call.route, HttpApi.nowhere)(self, call), None
        except Exception as error:
            failure = public(error)
            if "/v1/" in call.route:
                return refusal(failure, error_json(failure)), error
            problem = problem_json(failure, call.request_id)
            return refusal(failure, problem, content_type="application/problem+json"), error

    def nowhere(self, _call: HttpCall) -> Json:
        raise NotFound("There is no such route.")

    # Needs no invite and reads nothing.
    def health(self, _call: HttpCall) -> Json:
        return answer(200, {"status": "ok", "version": __version__})

    def me(self, call: HttpCall) -> Json:
        guest = self.admission.guest(call.token)
        now = self.clock()
        switch, spend = self.store.switch.read(now=now)
        cards, is_on = self.backends.of(switch).cards, switch.on(now)
        spent = self.budget.spent(spend, cards, now) if is_on else None
        on = "paused" if spent else "on"
        llm = {
            "state": on if is_on else "off",
            "backend": switch.backend,
            "model": cards[0].id,
            "models": [model_json(card, switch, now) for card in self.backends.all(switch)],
            "on_until": iso(switch.until) if is_on else None,
            "paused_until": iso(spent[1]) if spent else None,
        }
        body = {
            "guest": {"name": guest.name},
            "quota": quota_json(guest, now),
            "llm": llm,
            "spend": spend_json(spend, self.budget.limits, now),
        }
        return answer(200, body)

    def list_conversations(self, call: HttpCall) -> Json:
        guest, limit = self.admission.guest(call.token), _limit(call, 30, 100)
        cursor = call.query.get("cursor")
        found, cursor = self.store.conversations.page(guest.id, limit=limit, cursor=cursor)
        return _page([conversation_json(item) for item in found], cursor)

    def list_messages(self, call: HttpCall) -> Json:
        guest, conversation_id = self.admission.guest(call.token), _id(call)
        self.store.conversations.get(guest.id, conversation_id)
        limit, cursor = _limit(call, 50, 200), call.query.get("cursor")
        found, cursor = self.store.messages.page(
            guest.id, conversation_id, limit=limit, cursor=cursor, now=self.clock()
        )
        return _page([message_json(item) for item in found], cursor)

    def rename_conversation(self, call: HttpCall) -> Json:
        guest, conversation_id = self.admission.guest(call.token), _id(call)
        title = parse_title(json_object(call.body))
        renamed = self.store.conversations.rename(guest.id, conversation_id, title)
        return answer(200, conversation_json(renamed))

    def delete_conversation(self, call: HttpCall) -> Json:
        guest = self.admission.guest(call.token)
        self.store.conversations.delete(guest.id, _id(call))
        return answer(204)

    def delete_conversations(self, call: HttpCall) -> Json:
        self.store.conversations.delete_all(self.admission.guest(call.token).id)
        return answer(204)

    def get_message(self, call: HttpCall) -> Json:
        """One message; of a running reply, what is saved so far."""
        guest = self.admission.guest(call.token)
        message = self.store.messages.find(guest.id, _id(call), now=self.clock())
        if message is None:
            raise NotFound
        return answer(200, message_json(message))

    def stop_message(self, call: HttpCall) -> Json:
        """Ask a running reply, named by its own id or by its question's, to stop."""
        guest, message_id = self.admission.guest(call.token), _id(call)
        turn = self.store.turn_log.turn(message_id, guest.id)
        turn = turn or self.store.turns.claimed(guest.id, message_id)
        if turn is None or self.store.messages.of_turn(turn, "assistant", now=self.clock()) is None:
            raise NotFound
        self.store.replies.ask_to_stop(turn)
        return answer(202, {"id": turn.reply_id})

    def post_chat(self, call: HttpCall) -> Json:
        timings = Timings()
        with timings.stage("gate"):
            # A stranger's body is not worth parsing.
            self.admission.guest(call.token)
            request = parse_turn(json_object(call.body))
            admitted = self.admission.admit(call.token)
        turn_call = TurnCall(call.request_id, admitted, timings, TURN_SECONDS)
        outcome = self.turns.run_turn(turn_call, request)
        if outcome.error:
            raise outcome.error
        body = {
            "conversation_id": outcome.reply.conversation_id,
            "message_id": request.message_id,
            "reply": message_json(outcome.reply),
        }
        return answer(200, body)


# The contract's routes, by API Gateway's route key. terraform/modules/api declares the same keys.
ROUTES: dict[str, Callable[[HttpApi, HttpCall], Json]] = {
    "GET /health": HttpApi.health,
    "GET /me": HttpApi.me,
    "GET /conversations": HttpApi.list_conversations,
    "DELETE /conversations": HttpApi.delete_conversations,
    "PATCH /conversations/{id}": HttpApi.rename_conversation,
    "DELETE /conversations/{id}": HttpApi.delete_conversation,
    "GET /conversations/{id}/messages": HttpApi.list_messages,
    "POST /chat": HttpApi.post_chat,
    "GET /messages/{id}": HttpApi.get_message,
    "POST /messages/{id}/stop": HttpApi.stop_message,
    "GET /v1/models": lambda api, call: api.openai.list_models(call),
    "POST /v1/chat/completions": lambda api, call: api.openai.complete(call),
}


def _page(items: list[Json], cursor: str | None) -> Json:
    return answer(200, {"items": items, "next_cursor": cursor})


def _id(call: HttpCall) -> str:
    """The id in the path. What is no id cannot be found."""
    value = call.path.get("id")
    if not isinstance(value, str) or not is_id(value):
        raise NotFound
    return value


def _limit(call: HttpCall, default: int, most: int) -> int:
    text = call.query.get("limit")
    if text is None:
        return default
    is_number = isinstance(text, str) and text.isascii() and text.isdigit()
    if not is_number or not 1 <= int(text[:9]) <= most:
        raise InvalidRequest(f"`limit` must be a whole number from 1 to {most}.")
    return int(text)
