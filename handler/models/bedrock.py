"""Amazon Bedrock through ConverseStream: the request, its events, its errors as the contract's."""

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Protocol

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EventStreamError,
    ReadTimeoutError,
)
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as StreamTimeoutError

from handler.errors import (
    ChatError,
    Internal,
    ModelBusy,
    ModelDisabled,
    ModelTimeout,
    ModelUnavailable,
)
from handler.models.catalog import ModelCard
from handler.models.prompt import TEMPERATURE, Prompt
from handler.values import ModelEvent

_FAILURES = (ClientError, BotoCoreError, HTTPError, OSError)
_SILENT = (ReadTimeoutError, ConnectTimeoutError, StreamTimeoutError)

# By error code of ConverseStream (botocore's bedrock-runtime service model, in lower case, as
# in-stream exceptions come with a small first letter): the contract's error, and how often the
# model is called in all while it has said nothing. A busy one answers soon, so it is called again
# after a short wait; its own failures are worth one more try. A denial, a refusal, a missing model
# and a silent one are not.
ERRORS: dict[str, tuple[type[ChatError], int]] = {
    "accessdeniedexception": (ModelDisabled, 1),
    "validationexception": (Internal, 1),
    "resourcenotfoundexception": (ModelUnavailable, 1),
    "throttlingexception": (ModelBusy, 3),
    "servicequotaexceededexception": (ModelBusy, 1),
    "modelnotreadyexception": (ModelBusy, 3),
    "modeltimeoutexception": (ModelTimeout, 2),
    "modelerrorexception": (ModelUnavailable, 2),
    "modelstreamerrorexception": (ModelUnavailable, 2),
    "internalserverexception": (ModelUnavailable, 3),
    "serviceunavailableexception": (ModelUnavailable, 3),
}
_UNKNOWN = (ModelUnavailable, 1)
_BROKEN = (ModelUnavailable, 2)
# The longest wait (seconds) before the second try; twice that before the third. The real one is
# drawn from below it, so that guests who were refused together do not come back together (AWS
# Architecture Blog, "Exponential backoff and jitter").
_WAIT = 0.5


class Client(Protocol):
    """boto3's `bedrock-runtime`, without retries of its own."""

    def converse_stream(self, **request: Any) -> dict[str, Any]: ...


class BedrockModel:
    def __init__(
        self, client: Client, card: ModelCard, *, guardrail: dict[str, str] | None = None
    ) -> None:
        """`guardrail` is ConverseStream's `guardrailConfig`, if there is one."""
        self._client = client
        self.card = card
        self._guarded = {"guardrailConfig": guardrail} if guardrail else {}

    def answer(
        self, prompt: Prompt, *, max_tokens: int, temperature: float = TEMPERATURE
    ) -> "_BedrockAnswer":
        """One reply; the model is called when it is iterated. `maxTokens` is always set: Bedrock
        charges the model's maximum to the quota up front otherwise."""
        limits = {"maxTokens": min(max_tokens, self.card.max_output), "temperature": temperature}
        request = {"modelId": self.card.asked_as, "inferenceConfig": limits, **self._guarded}
        request |= messages_of(prompt, self.card)
        return _BedrockAnswer(lambda: self._client.converse_stream(**request))

    def probe(self) -> None:
        """Returns if the model would answer: Bedrock refuses this invalid request only after it has
        looked for the right and the model, and never bills it. Raises ChatError."""
        nonsense = _messages([("assistant", "?")])
        try:
            self._client.converse_stream(
                modelId=self.card.asked_as, messages=nonsense, inferenceConfig={"maxTokens": 1}
            )["stream"].close()
        except _FAILURES as error:
            if _code(error) != "validationexception":
                raise _translate(error) from error


def messages_of(prompt: Prompt, card: ModelCard) -> dict[str, Any]:
    """`messages`, and `system` where the model takes one, as Converse has them."""
    if prompt.persona and card.takes_system:
        return {"messages": _messages(prompt.turns), "system": [{"text": prompt.persona}]}
    return {"messages": _messages(prompt.spoken())}


def _messages(turns: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"role": role, "content": [{"text": text}]} for role, text in turns]


class _BedrockAnswer:
    """One reply, requested again where that may help."""

    def __init__(self, call: Callable[[], dict[str, Any]]) -> None:
        self._call = call
        # botocore's EventStream of the running call.
        self._stream: Any = None
        self._over = threading.Event()
        # Calls that were accepted and broke off before the first word: their input may be billed.
        self.cut = 0

    def __iter__(self) -> Iterator[ModelEvent]:
        """The events of the first call that says anything: text as it is written, the stop reason,
        the usage. Raises ChatError, also in mid-stream."""
        calls = 0
        while not self._over.is_set():
            said = False
            calls += 1
            try:
                self._stream = self._call()["stream"]
                for event in _events(self._stream):
                    said = True
                    yield event
                return
            except (*_FAILURES, _BrokenOff) as error:
                self.cut += not said and isinstance(error, HTTPError | _BrokenOff)
                if said or calls >= _meaning(error)[1]:
                    raise _translate(error) from error
            self.close()
            self._over.wait(random.uniform(0, _WAIT * 2 ** (calls - 1)))

    def close(self) -> None:
        """End the generation."""
        if self._stream is not None:
            self._stream.close()

    def abort(self) -> None:
        """Wake a thread that waits for the next event, from another one: closing alone would wait
        for it. urllib3 has `shutdown` since 2.3; where the runtime's is older, the generation ends
        with the next event."""
        self._over.set()
        shutdown = getattr(getattr(self._stream, "_raw_stream", None), "shutdown", None)
        if shutdown:
            with suppress(OSError, ValueError, RuntimeError):
                shutdown()


class _BrokenOff(Exception):
    """The stream ended without the model's own end."""


def _events(stream: Iterable[dict[str, Any]]) -> Iterator[ModelEvent]:
    stopped = False
    for event in stream:
        if "contentBlockDelta" in event:
            text = event["contentBlockDelta"]["delta"].get("text")
            if text:
                yield {"text": text}
        elif "messageStop" in event:
            stopped = True
            yield {"stop": event["messageStop"]["stopReason"]}
        elif "metadata" in event:
            usage = event["metadata"]["usage"]
            yield {"usage": (usage["inputTokens"], usage["outputTokens"])}
    if not stopped:
        raise _BrokenOff


def _code(error: Exception) -> str:
    """Bedrock's error code in lower case; empty where the call broke on the way."""
    if isinstance(error, ClientError | EventStreamError):
        return str(error.response["Error"]["Code"]).lower()
    return ""


def _meaning(error: Exception) -> tuple[type[ChatError], int]:
    """The contract's error, and the most calls."""
    if isinstance(error, _SILENT):
        return ModelTimeout, 1
    code = _code(error)
    return ERRORS.get(code, _UNKNOWN) if code else _BROKEN


def _translate(error: Exception) -> ChatError:
    kind, _ = _meaning(error)
    if kind is Internal:
        # What Bedrock calls invalid stays invalid.
        return Internal(retryable=False)
    if not kind.retryable or isinstance(error, _SILENT):
        return kind()
    return kind(retry_after=5)
