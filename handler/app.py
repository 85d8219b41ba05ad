"""The Lambda entry: tells the four kinds of events apart and makes the parts once, at the first of
them."""

import os
import time
from collections.abc import Mapping
from functools import cache

from handler.api import events, http, openai
from handler.api.take import Api
from handler.api.websocket import Sockets, unforeseen
from handler.chat.admission import Admission
from handler.chat.budget import Budget
from handler.chat.generation import Writer
from handler.chat.report import TurnReport
from handler.chat.turn import Chat
from handler.errors import ChatError
from handler.models.bedrock import BedrockModel
from handler.models.catalog import worker_card
from handler.models.fallback import Backends
from handler.models.worker import WorkerModel
from handler.settings import Settings
from handler.store import Store

# The contract's routes, by API Gateway's route key. terraform/modules/api declares the same keys.
ROUTES = {
    "GET /health": http.health,
    "GET /me": http.me,
    "GET /conversations": http.list_conversations,
    "DELETE /conversations": http.delete_conversations,
    "PATCH /conversations/{id}": http.rename_conversation,
    "DELETE /conversations/{id}": http.delete_conversation,
    "GET /conversations/{id}/messages": http.list_messages,
    "POST /chat": http.post_chat,
    "GET /messages/{id}": http.get_message,
    "POST /messages/{id}/stop": http.stop_message,
    "GET /v1/models": openai.list_models,
    "POST /v1/chat/completions": openai.complete,
}

# What a turn leaves of its invocation's time (seconds) to store its end and tell its readers.
_RESERVE = 15


class App:
    """The parts, put together. Each may be replaced by keyword."""

    def __init__(
        self,
        settings: Settings,
        *,
        table,
        bedrock,
        connections,
        lambda_client,
        send_job,
        clock=time.time,
    ):
        store = Store(table)
        models = [
            BedrockModel(bedrock, card, guardrail=settings.guardrail) for card in settings.models
        ]
        backends = Backends(
            models,
            WorkerModel(store.worker_jobs, send_job, worker_card(), clock),
            store.switch,
            clock=clock,
        )
        budget = Budget(store, settings.limits, max_tokens=settings.max_tokens, clock=clock)
        writer = Writer(store, budget, max_tokens=settings.max_tokens, clock=clock)
        chat = Chat(store, writer, budget, persona=settings.persona, clock=clock)
        poster = events.Poster(connections)
        door = Admission(store, backends, budget, clock=clock)
        self.report = TurnReport(settings.function_name)
        self.api = Api(store, chat, writer, budget, door, poster, backends, self.report, clock)
        self.sockets = Sockets(self.api, settings.function_name, lambda_client)
        self.site_origin = settings.site_origin

    def handle(self, event: object, context) -> dict:
        """Answer any event; nothing is raised but by an asynchronous turn's own invocation."""
        if not isinstance(event, Mapping):
            event = {}
        if isinstance(event.get("turn"), Mapping):
            return self._turn(event["turn"], context)
        if event.get("probe") is True:
            return self._probe(context)
        request = event.get("requestContext")
        if isinstance(request, Mapping) and request.get("connectionId"):
            return self._socket(event, str(request.get("routeKey", "")))
        return self._http(event)

    def _turn(self, turn: Mapping, context) -> dict:
        started = time.monotonic()
        seconds = context.get_remaining_time_in_millis() / 1000 - _RESERVE
        try:
            self.sockets.run(turn, seconds=seconds)
        except Exception as error:
            # The guest was told. Raising would only have Lambda print the same trace again.
            self.report.call("broken", turn["request_id"], started, error)
            return {"statusCode": 500}
        return {"statusCode": 200}

    def _probe(self, context) -> dict:
        """Whether the model would answer, asked by a schedule (terraform/modules/watch) while it is
        on."""
        started = time.monotonic()
        switch, _ = self.api.store.switch.read(now=self.api.clock())
        if switch.on(self.api.clock()):
            try:
                self.api.backends.main(switch).probe()
                error = None
            except ChatError as failure:
                error = failure
            self.report.probe(context.aws_request_id, started, switch.backend, error)
        return {"statusCode": 200}

    def _socket(self, event: Mapping, route: str) -> dict:
        if route == "$connect":
            allowed = events.origin(event) in (None, self.site_origin)
            return {"statusCode": 200 if allowed else 403}
        if route == "$disconnect":
            return {"statusCode": 200}
        started, status = time.monotonic(), 200
        try:
            failure = self.sockets.receive(events.frame(event))
        except Exception as error:
            failure, status = error, 500
        self.report.call("frame", events.request_id(event), started, failure)
        return {"statusCode": status}

    def _http(self, event: Mapping) -> dict:
        started, request_id = time.monotonic(), events.request_id(event)
        route = str(event.get("routeKey", ""))
        failure = None
        try:
            call = events.http_call(event)
            answer = ROUTES.get(route, http.nowhere)(self.api, call)
        except ChatError as error:
            answer = _refusal(route, error, request_id)
            failure = error
        except Exception as error:
            failure = error
            answer = _refusal(route, unforeseen(error), request_id)
        shown = route if route in ROUTES else "$default"
        self.report.call(
            "http", request_id, started, failure, route=shown, status=answer["statusCode"]
        )
        return answer


def _refusal(route: str, error: ChatError, request_id: str) -> dict:
    return openai.refused(error) if "/v1/" in route else events.problem(error, request_id)


@cache
def app() -> App:
    """The app of this process, made at its first event: clients are slow to make and cheap to keep."""
    from handler import aws

    settings = Settings.read(os.environ)
    return App(
        settings,
        table=aws.table(settings.table_name),
        bedrock=aws.bedrock(),
        connections=aws.connections(),
        lambda_client=aws.functions(),
        send_job=aws.Jobs(settings.worker_queue_url),
    )


def handler(event: object, context: object) -> dict:
    """AWS Lambda's entry point."""
    return app().handle(event, context)
