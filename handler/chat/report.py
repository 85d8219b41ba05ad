"""The function's log: a line for each call, frame, turn and probe, with the metrics that it feeds.

docs/architecture.md, "The log", has every field. Never a message's text, a token or an address."""

import time
import traceback
from typing import Any

from handler.chat.outcome import Generation, TurnCall, TurnOutcome
from handler.errors import ChatError, Internal
from handler.money import NANO
from handler.telemetry.log import log
from handler.telemetry.metrics import Metrics


class TurnReport:
    def __init__(self, stack: str) -> None:
        self._metrics = Metrics(stack)

    def call(
        self, event: str, request_id: str, started: float, error: Exception | None, **fields: Any
    ) -> None:
        """One HTTP call or socket frame, and the error that refused or failed it."""
        refused = self._metrics(Refused=1) if getattr(error, "refusal", False) else {}
        log(event, request_id, started, **fields, code=_code(error), error=_cause(error), **refused)

    def turn(self, call: TurnCall, outcome: TurnOutcome) -> None:
        """A turn whose reply has ended, or existed before the call."""
        generation, reply = outcome.generation, outcome.reply
        if generation is None:
            self.without_model(call, None, reply_id=reply.id)
            return
        error, usage, milliseconds = outcome.error, reply.usage, call.timings.at()
        amounts: dict[str, float] = {}
        if usage:
            amounts = {
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "cost_usd": usage.cost / NANO,
            }
        counted = self._metrics(
            backend=generation.backend,
            Failed=int(error is not None),
            FirstDelta=generation.first_delta_ms,
            ReplyTime=milliseconds,
            Availability=_available(generation),
            InputTokens=amounts.get("input_tokens"),
            OutputTokens=amounts.get("output_tokens"),
            Cost=amounts.get("cost_usd"),
        )
        fields = {
            "reply_id": reply.id,
            "guest_id": call.admitted.guest.id,
            "outcome": reply.status,
            "code": _code(error),
            "asked": True,
            "model": reply.model,
            "backend": generation.backend,
            "first_delta_ms": generation.first_delta_ms,
            "fallbacks": generation.tried or None,
            "stages": call.timings.stages,
            "error": _cause(error),
        }
        started = time.monotonic() - milliseconds / 1000
        log("turn", call.request_id, started, **fields, **amounts, **counted)

    def without_model(
        self, call: TurnCall, error: Exception | None, *, reply_id: str | None = None
    ) -> None:
        """A turn for which no model was called: its reply existed or, with `error`, it was refused
        or broke."""
        refused = "refused" if isinstance(error, ChatError) else "broken"
        fields = {
            "guest_id": call.admitted.guest.id,
            "reply_id": reply_id,
            "outcome": refused if error else "found",
            "asked": False,
            "stages": call.timings.stages,
        }
        started = time.monotonic() - call.timings.at() / 1000
        self.call("turn", call.request_id, started, error, **fields)

    def probe(self, request_id: str, started: float, backend: str, error: ChatError | None) -> None:
        """Whether the model would have answered."""
        available = error is None
        counted = self._metrics(backend=backend, Availability=int(available))
        fields = {"backend": backend, "available": available, "code": _code(error)}
        log("probe", request_id, started, **fields, **counted)


def _available(generation: Generation) -> int | None:
    error = generation.end.error
    if (error and error.of_model) or generation.tried or not generation.by_main:
        return 0
    return 1 if generation.first_delta_ms is not None and error is None else None


def _code(error: Exception | None) -> str | None:
    if error is None:
        return None
    return error.code if isinstance(error, ChatError) else Internal.code


def _cause(error: Exception | None) -> str | None:
    """The end of the trace behind an unforeseen error; expected ones need none."""
    if error is None or (isinstance(error, ChatError) and not isinstance(error, Internal)):
        return None
    cause = error.__cause__ if isinstance(error, Internal) else error
    return "".join(traceback.format_exception(cause))[-4_000:] if cause else None
