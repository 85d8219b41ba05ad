"""Amazon Bedrock through ConverseStream: events in, text and an end out, its errors as the
contract's."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

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
    ModelBusy,
    ModelDisabled,
    ModelTimeout,
    ModelUnavailable,
    PromptRejected,
)
from handler.models.catalog import ModelCard
from handler.models.prompt import Prompt

_FOREIGN = (ClientError, BotoCoreError, HTTPError, OSError)
_SILENT = (ReadTimeoutError, ConnectTimeoutError, StreamTimeoutError)

# Error codes of ConverseStream (botocore's bedrock-runtime service model); in-stream exceptions
# come with a small first letter.
ERRORS: dict[str, type[ChatError]] = {
    "accessdeniedexception": ModelDisabled,
    "validationexception": PromptRejected,
    "resourcenotfoundexception": ModelUnavailable,
    "throttlingexception": ModelBusy,
    "servicequotaexceededexception": ModelBusy,
    "modelnotreadyexception": ModelBusy,
    "modeltimeoutexception": ModelTimeout,
    "modelerrorexception": ModelUnavailable,
    "modelstreamerrorexception": ModelUnavailable,
    "internalserverexception": ModelUnavailable,
    "serviceunavailableexception": ModelUnavailable,
}
# How often a model is asked in all, as long as it has said nothing. A busy one answers soon, so it
# is asked after a short wait; its own failures are worth one more try. A denial, a refusal, a
# missing model and one that stayed silent are not asked again.
_TRIES = {
    "throttlingexception": 3,
    "modelnotreadyexception": 3,
    "internalserverexception": 3,
    "serviceunavailableexception": 3,
    "modeltimeoutexception": 2,
    "modelerrorexception": 2,
    "modelstreamerrorexception": 2,
}
_BROKEN_TRIES = 2
# The longest wait (seconds) before the second try; twice that before the third. The real one is
# drawn from below it, so that guests who were refused together do not come back together (AWS
# Architecture Blog, "Exponential backoff and jitter").
_WAIT = 0.5


class BedrockModel:
    """One model of Bedrock."""

    def __init__(self, client, card: ModelCard, *, guardrail: dict | None = None):
        """`client` leaves the retries to this class; `guardrail` is ConverseStream's
        `guardrailConfig`, if there is one."""
        self._client, self.card = client, card
        self._guarded = {"guardrailConfig": guardrail} if guardrail else {}

    def answer(
        self, prompt: Prompt, *, max_tokens: int, temperature: float = 0.6
    ) -> "_BedrockAnswer":
        """One reply; nothing is asked before it is iterated.

        `maxTokens` is always set: Bedrock charges the model's maximum to the quota up front
        otherwise."""
        limits = {"maxTokens": min(max_tokens, self.card.max_output), "temperature": temperature}
        asked = {
            "modelId": self.card.asked_as,
            "inferenceConfig": limits,
            **prompt.wire(self.card),
            **self._guarded,
        }
        return _BedrockAnswer(lambda: self._client.converse_stream(**asked))

    def probe(self) -> None:
        """Nothing, if the model would answer: it is asked something invalid, which Bedrock refuses
        only after it has looked for the right and the model, and never bills. Raises ChatError."""
        nonsense = [{"role": "assistant", "content": [{"text": "?"}]}]
        try:
            self._client.converse_stream(
                modelId=self.card.asked_as, messages=nonsense, inferenceConfig={"maxTokens": 1}
            )["stream"].close()
        except _FOREIGN as error:
            if _code(error) != "validationexception":
                raise _translate(error) from error


class _BedrockAnswer:
    """One reply, asked for again where that may help."""

    def __init__(self, ask: Callable[[], dict]):
        self._ask, self._stream = ask, None
        self._over = threading.Event()
        # Tries that were taken up and broke off before their first word: their input may have to be
        # paid.
        self.cut = 0

    def __iter__(self) -> Iterator[dict]:
        """The reply's events: `{"text": str}` as it is written, then `{"stop": reason}`, then
        `{"usage": (input, output)}`.

        They are those of the first try that says anything. Raises ChatError, also in mid-stream."""
        tries = 0
        while not self._over.is_set():
            said, tries = False, tries + 1
            try:
                self._stream = self._ask()["stream"]
                for event in _events(self._stream):
                    said = True
                    yield event
                return
            except (*_FOREIGN, _BrokenOff) as error:
                self.cut += not said and isinstance(error, HTTPError | _BrokenOff)
                if said or tries >= _tries(error):
                    raise _translate(error) from error
            self.close()
            self._over.wait(random.uniform(0, _WAIT * 2 ** (tries - 1)))

    def close(self) -> None:
        """End the generation."""
        if self._stream is not None:
            self._stream.close()

    def abort(self) -> None:
        """Wake a thread that waits for the next event, from another one: closing alone would wait
        for it.

        urllib3 has `shutdown` since 2.3; where the runtime's is older, the generation ends with the
        next event."""
        self._over.set()
        shutdown = getattr(getattr(self._stream, "_raw_stream", None), "shutdown", None)
        if shutdown:
            with suppress(OSError, ValueError, RuntimeError):
                shutdown()


class _BrokenOff(Exception):
    """The stream ended without the model's own end."""


def _events(stream) -> Iterator[dict]:
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
    return (
        error.response["Error"]["Code"].lower()
        if isinstance(error, ClientError | EventStreamError)
        else ""
    )


def _tries(error: Exception) -> int:
    if isinstance(error, _SILENT):
        return 1
    return _TRIES.get(
        _code(error), 1 if isinstance(error, ClientError | EventStreamError) else _BROKEN_TRIES
    )


def _translate(error: Exception) -> ChatError:
    if isinstance(error, _SILENT):
        return ModelTimeout()
    kind = ERRORS.get(_code(error), ModelUnavailable)
    return kind(retry_after=5) if kind.retryable else kind()
