"""The function's log: a line for each call, frame, turn and probe, with the metrics that it feeds.

docs/architecture.md, "The log", has every field. Never a message's text, a token or an address."""

import time
import traceback
from typing import Any

from handler.chat.outcome import GeneratedReply, TurnCall, TurnOutcome
from handler.errors import (
    ChatError,
    Internal,
    ModelBusy,
    ModelDisabled,
    ModelTimeout,
    ModelUnavailable,
)
from handler.money import NANO
from handler.telemetry.log import log
from handler.telemetry.metrics import Metrics

# Only these failures are the model's, and count against its availability.
_MODELS_OWN = (ModelBusy, ModelDisabled, ModelTimeout, ModelUnavailable)


class TurnReport:
    """Writes the lines of one stack."""

    def __init__(self, stack: str) -> None:
        self._metrics = Metrics(stack)

    def call(
        self,
        event: str,
        request_id: str,
        started: float,
        error: BaseException | None,
        **fields: object,
    ) -> None:
        """One HTTP call or socket frame, and the error that refused or failed it."""
        refused = self._metrics(Refused=1) if getattr(error, "refusal", False) else {}
        log(event, request_id, started, **fields, code=_code(error), error=_cause(error), **refused)

    def turn(self, call: TurnCall, outcome: TurnOutcome) -> None:
        """A turn whose reply has ended, or existed before the call."""
        generated, reply_id = outcome.generated, outcome.turn.reply_id
        if generated is None:
            self._without_model(call, None, "found", reply_id=reply_id)
            return
        error, usage, milliseconds = generated.end.error, generated.usage, call.timings.at()
        amounts: dict[str, Any] = {}
        if usage:
            amounts = {
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "cost_usd": usage.cost / NANO,
            }
        counted = self._metrics(
            backend=generated.backend,
            Failed=int(error is not None),
            FirstDelta=generated.first_delta_ms,
            ReplyTime=milliseconds,
            Availability=_available(generated),
            InputTokens=amounts.get("input_tokens"),
            OutputTokens=amounts.get("output_tokens"),
            Cost=amounts.get("cost_usd"),
        )
        fields = {
            "reply_id": reply_id,
            "guest_id": call.admitted.guest.id,
            "outcome": generated.end.status,
            "code": _code(error),
            "asked": True,
            "model": generated.model_id,
            "backend": generated.backend,
            "first_delta_ms": generated.first_delta_ms,
            "fallbacks": generated.tried or None,
            "stages": call.timings.stages,
            "error": _cause(error),
        }
        started = time.monotonic() - milliseconds / 1000
        log("turn", call.request_id, started, **fields, **amounts, **counted)

    def refused(self, call: TurnCall, error: Exception) -> None:
        """A turn that was refused or broke before any model was called."""
        self._without_model(call, error, "refused" if isinstance(error, ChatError) else "broken")

    def _without_model(
        self, call: TurnCall, error: Exception | None, outcome: str, **fields: object
    ) -> None:
        started = time.monotonic() - call.timings.at() / 1000
        fields |= {"guest_id": call.admitted.guest.id, "outcome": outcome, "asked": False}
        self.call("turn", call.request_id, started, error, **fields, stages=call.timings.stages)

    def probe(self, request_id: str, started: float, backend: str, error: ChatError | None) -> None:
        """Whether the model would have answered."""
        available = error is None
        counted = self._metrics(backend=backend, Availability=int(available))
        fields = {"backend": backend, "available": available, "code": _code(error)}
        log("probe", request_id, started, **fields, **counted)


def _available(generated: GeneratedReply) -> int | None:
    error = generated.end.error
    if isinstance(error, _MODELS_OWN) or generated.tried or not generated.by_main:
        return 0
    return 1 if generated.first_delta_ms is not None and error is None else None


def _code(error: BaseException | None) -> str | None:
    if error is None:
        return None
    return error.code if isinstance(error, ChatError) else Internal.code


def _cause(error: BaseException | None) -> str | None:
    """The end of the trace behind an unforeseen error; expected ones need none."""
    if error is None or (isinstance(error, ChatError) and not isinstance(error, Internal)):
        return None
    cause = error.__cause__ if isinstance(error, Internal) else error
    return "".join(traceback.format_exception(cause))[-4_000:] if cause else None
