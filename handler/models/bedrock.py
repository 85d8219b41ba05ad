"""Amazon Bedrock through ConverseStream: events in, text and an end out, its errors as the contract's."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EventStreamError, ReadTimeoutError
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as StreamTimeoutError

from handler.errors import ChatError, Internal, ModelBusy, ModelDisabled, ModelTimeout, ModelUnavailable
from handler.models.catalog import ModelCard

_FOREIGN = (ClientError, BotoCoreError, HTTPError, OSError)

# Error codes of ConverseStream (botocore's bedrock-runtime service model); in-stream exceptions come with a small first letter.
ERRORS: dict[str, type[ChatError]] = {
    "accessdeniedexception": ModelDisabled,
    "validationexception": Internal,
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
# What is asked once more, as long as nothing was said: the model's own failures and a stream that broke. Throttling and 5xx before the
# stream are the SDK's to retry; a denial, a refusal and a missing model stay what they are.
_AGAIN = {"modeltimeoutexception", "modelerrorexception", "modelstreamerrorexception"}


class Bedrock:
    """One model of Bedrock. Asked with `stream`; leaving the context ends the generation."""

    def __init__(self, client, card: ModelCard, *, guardrail: dict | None = None):
        """`guardrail` is ConverseStream's `guardrailConfig`, if there is one."""
        self._client, self.card = client, card
        self._guarded = {"guardrailConfig": guardrail} if guardrail else {}

    @contextmanager
    def stream(self, prompt: dict, *, max_tokens: int, temperature: float = 0.6) -> Iterator["_Reply"]:
        """One reply, iterated for its events: `{"text": str}` as it is written, then `{"stop": reason}`, then `{"usage": (input, output)}`.

        `maxTokens` is always set: Bedrock charges the model's maximum to the quota up front otherwise.
        Raises ChatError, also in mid-stream.
        """
        limits = {"maxTokens": max_tokens, "temperature": temperature}
        reply = _Reply(lambda: self._client.converse_stream(modelId=self.card.id, inferenceConfig=limits, **prompt, **self._guarded))
        try:
            yield reply
        finally:
            reply.close()


class _Reply:
    """One reply, asked for again where that may help."""

    def __init__(self, ask):
        self._ask, self._stream = ask, None
        # Tries that were taken up and broke off before their first word.
        self.cut = 0

    def __iter__(self) -> Iterator[dict]:
        """The events of the first attempt that says anything."""
        is_second = False
        while True:
            said = False
            try:
                self._stream = self._ask()["stream"]
                for event in _events(self._stream):
                    said = True
                    yield event
                return
            except (*_FOREIGN, _BrokenOff) as error:
                self.cut += not said and isinstance(error, HTTPError | _BrokenOff)
                if said or is_second or not _may_help(error):
                    raise _translate(error) from error
            self.close()
            is_second = True

    def close(self) -> None:
        """End the generation."""
        if self._stream is not None:
            self._stream.close()

    def abort(self) -> None:
        """Wake a thread that waits for the next event, from another one: closing alone would wait for it.

        urllib3 has `shutdown` since 2.3; where the runtime's is older, the generation ends with the next event.
        """
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
    return error.response["Error"]["Code"].lower() if isinstance(error, ClientError | EventStreamError) else ""


def _may_help(error: Exception) -> bool:
    return _code(error) in _AGAIN or isinstance(error, HTTPError | _BrokenOff)


def _translate(error: Exception) -> ChatError:
    if isinstance(error, ReadTimeoutError | ConnectTimeoutError | StreamTimeoutError):
        return ModelTimeout()
    kind = ERRORS.get(_code(error), ModelUnavailable)
    if kind is Internal:
        # What Bedrock calls invalid stays invalid.
        return Internal(retryable=False)
    return kind(retry_after=5) if kind.retryable else kind()
