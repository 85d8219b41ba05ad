"""The Lambda entry: tells the three kinds of events apart and makes the parts once, at the first of them."""

import os
import time
import traceback
from collections.abc import Mapping
from functools import cache

from handler import gateway, openai_api, routes
from handler.budget import Budget
from handler.chat import Chat
from handler.door import Door
from handler.errors import ChatError, Internal
from handler.log import log
from handler.models.bedrock import Bedrock
from handler.models.catalog import worker_card
from handler.models.chain import Backends
from handler.models.worker import Worker
from handler.settings import Settings
from handler.sockets import Sockets, unforeseen
from handler.store import Store
from handler.writer import Writer

# The contract's routes, by API Gateway's route key. terraform/modules/api declares the same keys.
ROUTES = {
    "GET /health": routes.health,
    "GET /me": routes.me,
    "GET /conversations": routes.list_conversations,
    "DELETE /conversations": routes.delete_conversations,
    "PATCH /conversations/{id}": routes.rename_conversation,
    "DELETE /conversations/{id}": routes.delete_conversation,
    "GET /conversations/{id}/messages": routes.list_messages,
    "POST /chat": routes.post_chat,
    "GET /messages/{id}": routes.get_message,
    "POST /messages/{id}/stop": routes.stop_message,
    "GET /v1/models": openai_api.list_models,
    "POST /v1/chat/completions": openai_api.complete,
}

# What a turn leaves of its invocation's time (seconds) to store its end and tell its readers.
_RESERVE = 15


class App:
    """The parts, put together. Each may be replaced by keyword."""

    def __init__(self, settings: Settings, *, table, bedrock, connections, lambda_client, send_job, clock=time.time):
        store = Store(table)
        models = [Bedrock(bedrock, card, guardrail=settings.guardrail) for card in settings.models]
        backends = Backends(models, Worker(store.mailbox, send_job, worker_card(), clock), store.stack, clock=clock)
        budget = Budget(store, settings.limits, max_tokens=settings.max_tokens, clock=clock)
        writer = Writer(store, budget, max_tokens=settings.max_tokens, clock=clock)
        chat = Chat(store, writer, budget, persona=settings.persona, clock=clock)
        poster = gateway.Poster(connections)
        door = Door(store, backends, budget, clock=clock)
        self.api = routes.Api(store, chat, writer, budget, door, poster, backends, clock)
        self.sockets = Sockets(self.api, settings.function_name, lambda_client)
        self.site_origin = settings.site_origin

    def handle(self, event: object, context) -> dict:
        """Answer any event; nothing is raised but by an asynchronous turn's own invocation."""
        if not isinstance(event, Mapping):
            event = {}
        if isinstance(event.get("turn"), Mapping):
            return self._turn(event["turn"], context)
        request = event.get("requestContext")
        if isinstance(request, Mapping) and request.get("connectionId"):
            return self._socket(event, str(request.get("routeKey", "")))
        return self._http(event)

    def _turn(self, turn: Mapping, context) -> dict:
        started = time.monotonic()
        seconds = context.get_remaining_time_in_millis() / 1000 - _RESERVE
        try:
            outcome = self.sockets.run(turn, seconds=seconds)
        except Exception as error:
            # The guest was told. Raising would only have Lambda print the same trace again.
            log("turn", turn["request_id"], started, outcome="broken", error=_trace(error))
            return {"statusCode": 500}
        log("turn", turn["request_id"], started, **_figures(outcome))
        return {"statusCode": 200}

    def _socket(self, event: Mapping, route: str) -> dict:
        if route == "$connect":
            allowed = gateway.origin(event) in (None, self.site_origin)
            return {"statusCode": 200 if allowed else 403}
        if route == "$disconnect":
            return {"statusCode": 200}
        started = time.monotonic()
        try:
            self.sockets.receive(gateway.frame(event))
        except Exception as error:
            log("frame", gateway.request_id(event), started, error=_trace(error))
            return {"statusCode": 500}
        log("frame", gateway.request_id(event), started)
        return {"statusCode": 200}

    def _http(self, event: Mapping) -> dict:
        started, request_id = time.monotonic(), gateway.request_id(event)
        route = str(event.get("routeKey", ""))
        failure = None
        try:
            call = gateway.http_call(event)
            answer = ROUTES.get(route, routes.nowhere)(self.api, call)
        except ChatError as error:
            answer = _refusal(route, error, request_id)
            failure = _cause(error)
        except Exception as error:
            failure = _trace(error)
            answer = _refusal(route, unforeseen(error), request_id)
        log("http", request_id, started, route=route if route in ROUTES else "$default", status=answer["statusCode"], error=failure)
        return answer


def _refusal(route: str, error: ChatError, request_id: str) -> dict:
    return openai_api.refused(error) if "/v1/" in route else gateway.problem(error, request_id)


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-4_000:]


def _cause(error: ChatError | None) -> str | None:
    """What is behind an error that nobody foresaw; expected ones need no trace."""
    return _trace(error.__cause__) if isinstance(error, Internal) and error.__cause__ else None


def _figures(outcome) -> dict:
    if outcome is None:
        return {"outcome": "refused"}
    usage = outcome.reply.usage
    tokens = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens} if usage else {}
    code = {"code": outcome.error.code} if outcome.error else {}
    return {"outcome": outcome.reply.status, "asked": outcome.asked, **tokens, **code, "error": _cause(outcome.error)}


@cache
def app() -> App:
    """The app of this process, made at its first event: clients are slow to make and cheap to keep."""
    from handler import clients

    settings = Settings.read(os.environ)
    return App(
        settings,
        table=clients.table(settings.table_name),
        bedrock=clients.bedrock(),
        connections=clients.connections(),
        lambda_client=clients.functions(),
        send_job=clients.Jobs(settings.worker_queue_url),
    )


def handler(event: object, context: object) -> dict:
    """AWS Lambda's entry point."""
    return app().handle(event, context)
