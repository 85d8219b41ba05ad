"""The Lambda entry: makes the parts once, at the first event, and tells four kinds of events
apart."""

import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol

import boto3

from handler import aws
from handler.api import events
from handler.api.http import ROUTES, HttpApi
from handler.api.openai import OpenAiApi
from handler.api.websocket import WebSocketApi
from handler.chat.admission import Admission
from handler.chat.budget import Budget
from handler.chat.generation import ReplyGenerator
from handler.chat.report import TurnReport
from handler.chat.turn import TurnOpener, TurnRunner
from handler.errors import ChatError
from handler.models.bedrock import BedrockModel
from handler.models.catalog import worker_card
from handler.models.fallback import Backends
from handler.models.worker import WorkerModel
from handler.schemas import Json
from handler.settings import Settings
from handler.store import Store

# Seconds reserved at the end of an invocation to store the reply and notify its listeners.
_RESERVE = 15


class InvocationContext(Protocol):
    """Lambda's context object, as far as it is used."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int: ...


class App:
    """The parts, put together over AWS's clients, which tests replace."""

    def __init__(
        self,
        settings: Settings,
        *,
        table: aws.Client,
        bedrock: aws.Client,
        connections: aws.Client,
        lambda_client: aws.Client,
        send_job: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        store, max_tokens, guardrail = Store(table), settings.max_tokens, settings.guardrail
        models = [BedrockModel(bedrock, card, guardrail=guardrail) for card in settings.models]
        worker = WorkerModel(store.worker_jobs, send_job, worker_card(), clock)
        backends = Backends(models, worker, store.switch, clock=clock)
        poster = aws.SocketPoster(connections)
        self.report = TurnReport(settings.function_name)
        budget = Budget(store, settings.limits, max_tokens, clock)
        admission = Admission(store, backends, budget, clock)
        opener = TurnOpener(store, budget, settings.persona, clock)
        generator = ReplyGenerator(store, budget, poster, max_tokens, clock)
        turns = TurnRunner(admission, backends, opener, generator, self.report)
        openai = OpenAiApi(admission, turns, settings.models[0], max_tokens)
        self.http = HttpApi(store, admission, budget, backends, turns, openai, clock)
        handover = aws.TurnHandover(lambda_client, settings.function_name)
        self.sockets = WebSocketApi(admission, turns, poster, handover.invoke)
        self.site_origin = settings.site_origin

    def handle(self, event: object, context: InvocationContext) -> Json:
        """Answer any event. Nothing is raised."""
        if not isinstance(event, Mapping):
            event = {}
        if isinstance(event.get("turn"), Mapping):
            return self._turn(event["turn"], context)
        if event.get("probe") is True:
            return self._probe(context)
        frame = events.frame(event)
        return self._socket(frame) if frame.connection_id else self._http(events.http_call(event))

    def _turn(self, turn: Mapping[str, Any], context: InvocationContext) -> Json:
        started = time.monotonic()
        seconds = context.get_remaining_time_in_millis() / 1000 - _RESERVE
        try:
            self.sockets.run(turn, seconds=seconds)
        except Exception as error:
            # The guest has an answer. Raising would only have Lambda print the same trace again.
            self.report.call("broken", turn["request_id"], started, error)
            return {"statusCode": 500}
        return {"statusCode": 200}

    def _probe(self, context: InvocationContext) -> Json:
        """Whether the model would answer, as a schedule (terraform/modules/watch) wants to know
        while it is on."""
        started, now = time.monotonic(), self.http.clock()
        switch, _ = self.http.store.switch.read(now=now)
        if switch.on(now):
            failure = None
            try:
                self.http.backends.main(switch).probe()
            except ChatError as error:
                failure = error
            self.report.probe(context.aws_request_id, started, switch.backend, failure)
        return {"statusCode": 200}

    def _socket(self, frame: events.Frame) -> Json:
        if frame.route == "$connect":
            return {"statusCode": 200 if frame.origin in (None, self.site_origin) else 403}
        if frame.route == "$disconnect":
            return {"statusCode": 200}
        started = time.monotonic()
        failure = self.sockets.receive(frame)
        self.report.call("frame", frame.request_id, started, failure)
        return {"statusCode": 200 if failure is None or isinstance(failure, ChatError) else 500}

    def _http(self, call: events.HttpCall) -> Json:
        started = time.monotonic()
        answer, failure = self.http.handle(call)
        route, status = call.route if call.route in ROUTES else "$default", answer["statusCode"]
        self.report.call("http", call.request_id, started, failure, route=route, status=status)
        return answer


@cache
def app() -> App:
    settings = Settings.read(os.environ)
    return App(
        settings,
        table=aws.table(settings.table_name),
        bedrock=aws.bedrock(),
        connections=boto3.client("apigatewaymanagementapi", config=aws.BRISK),
        lambda_client=boto3.client("lambda", config=aws.BRISK),
        send_job=aws.WorkerQueue(settings.worker_queue_url).send,
    )


def handler(event: object, context: InvocationContext) -> Json:
    return app().handle(event, context)
