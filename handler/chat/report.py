"""What the function says of its work: one line in the log for each call, frame, turn and probe,
with the metrics that it feeds.

docs/architecture.md, "The log", has every field. Never a message's text, a token or an address."""

import time
import traceback

from handler.chat.outcome import Written
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
from handler.telemetry.timings import Timings
from handler.values import Usage

# What fails here is the model's doing, and no word about its availability is in any other failure.
_MODELS_DOING = (ModelBusy, ModelDisabled, ModelTimeout, ModelUnavailable)


class TurnReport:
    """Writes the lines of one stack."""

    def __init__(self, stack: str):
        self._metrics = Metrics(stack)

    def call(
        self,
        event: str,
        request_id: str,
        started: float,
        error: BaseException | None,
        **fields: object,
    ) -> None:
        """One HTTP call or socket frame, and with what it was refused or failed."""
        refused = self._metrics(Refused=1) if getattr(error, "refusal", False) else {}
        log(event, request_id, started, **fields, code=_code(error), error=_cause(error), **refused)

    def turn(
        self, request_id: str, timeline: Timings, guest_id: str, reply_id: str, written: Written
    ) -> None:
        """A reply that was asked of a model and has ended."""
        error, usage = written.end.error, written.usage
        counted = self._metrics(
            backend=written.backend,
            Failed=int(error is not None),
            FirstDelta=written.first_delta_ms,
            ReplyTime=timeline.at(),
            Availability=_available(written),
            **_amounts(usage),
        )
        fields = {
            "reply_id": reply_id,
            "guest_id": guest_id,
            "outcome": written.end.status,
            "code": _code(error),
            "asked": True,
            "model": written.model_id,
            "backend": written.backend,
            "first_delta_ms": written.first_delta_ms,
            "input_tokens": usage.input_tokens if usage else None,
            "output_tokens": usage.output_tokens if usage else None,
            "cost_usd": usage.cost / NANO if usage else None,
            "fallbacks": written.tried or None,
            "stages": timeline.stages,
            "error": _cause(error),
        }
        log("turn", request_id, time.monotonic() - timeline.at() / 1000, **fields, **counted)

    def not_asked(
        self,
        request_id: str,
        timeline: Timings,
        guest_id: str,
        *,
        reply_id: str | None = None,
        error: BaseException | None,
    ) -> None:
        """A turn for which no model was asked: its reply was there already or, with `error`, it was
        refused or broke."""
        outcome = (
            "found" if error is None else "refused" if isinstance(error, ChatError) else "broken"
        )
        fields = {
            "guest_id": guest_id,
            "reply_id": reply_id,
            "outcome": outcome,
            "asked": False,
            "stages": timeline.stages,
        }
        self.call("turn", request_id, time.monotonic() - timeline.at() / 1000, error, **fields)

    def probe(self, request_id: str, started: float, backend: str, error: ChatError | None) -> None:
        """Whether the model would have answered."""
        available = error is None
        counted = self._metrics(backend=backend, Availability=int(available))
        log(
            "probe",
            request_id,
            started,
            backend=backend,
            available=available,
            code=_code(error),
            **counted,
        )


def trace(error: BaseException) -> str:
    """What Python says of an error, its end first to be kept."""
    return "".join(traceback.format_exception(error))[-4_000:]


def _amounts(usage: Usage | None) -> dict[str, float]:
    if usage is None:
        return {}
    return {
        "InputTokens": usage.input_tokens,
        "OutputTokens": usage.output_tokens,
        "Cost": usage.cost / NANO,
    }


def _available(written: Written) -> int | None:
    if isinstance(written.end.error, _MODELS_DOING) or written.tried or not written.by_main:
        return 0
    return 1 if written.first_delta_ms is not None and written.end.error is None else None


def _code(error: BaseException | None) -> str | None:
    if error is None:
        return None
    return error.code if isinstance(error, ChatError) else Internal.code


def _cause(error: BaseException | None) -> str | None:
    """What is behind an error that nobody foresaw; expected ones need no trace."""
    if error is None or (isinstance(error, ChatError) and not isinstance(error, Internal)):
        return None
    cause = error.__cause__ if isinstance(error, Internal) else error
    return trace(cause) if cause else None
