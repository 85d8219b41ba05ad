"""Amazon Bedrock through ConverseStream: events in, text and an end out, its errors as the contract's."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EventStreamError,
    ReadTimeoutError,
)
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as StreamTimeoutError

from handler.errors import ChatError, Internal, ModelBusy, ModelDisabled, ModelTimeout, ModelUnavailable
from handler.models.catalog import ModelCard

# Error codes of ConverseStream (botocore's bedrock-runtime service model); in-stream exceptions come with a small first letter.
_ERRORS: dict[str, type[ChatError]] = {
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


class Bedrock:
    """One model of Bedrock. Asked with `stream`; closing the stream ends the generation."""

    def __init__(self, client, card: ModelCard):
        self._client = client
        self.card = card

    @contextmanager
    def stream(self, prompt: dict, *, max_tokens: int, temperature: float = 0.6) -> Iterator[Iterator[dict]]:
        """Events of one reply: `{"text": str}` as it is written, then `{"stop": reason}`, then `{"usage": (input, output)}`.

        `maxTokens` is always set: Bedrock charges the model's maximum to the quota up front otherwise.
        Raises ChatError, also in mid-stream.
        """
        stream = None
        try:
            limits = {"maxTokens": max_tokens, "temperature": temperature}
            answer = self._client.converse_stream(modelId=self.card.id, inferenceConfig=limits, **prompt)
            stream = answer["stream"]
            yield _events(stream)
        except (ClientError, BotoCoreError, HTTPError, OSError) as error:
            raise _translate(error) from error
        finally:
            if stream is not None:
                stream.close()


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
        raise ModelUnavailable("The model's answer broke off.")


def _translate(error: Exception) -> ChatError:
    if isinstance(error, ReadTimeoutError | ConnectTimeoutError | StreamTimeoutError):
        return ModelTimeout()
    if isinstance(error, ClientError | EventStreamError):
        kind = _ERRORS.get(error.response["Error"]["Code"].lower(), ModelUnavailable)
        return kind(retry_after=5) if kind.retryable else kind()
    return ModelUnavailable(retry_after=5)
