"""What a model is asked, and the refusals that Bedrock has for it."""

from dataclasses import dataclass

STATUS = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}


class BedrockError(Exception):
    """A refusal on Bedrock's wire: HTTP status, error type and message."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message, self.status = code, message, STATUS[code]


@dataclass(frozen=True)
class ModelRequest:
    """One accepted request; `messages` in OpenAI's shape."""

    messages: list[dict]
    max_tokens: int
    temperature: float
    top_p: float
    stop: tuple[str, ...] = ()


def invalid(message: str) -> BedrockError:
    """The refusal of a request that is not of the right form."""
    return BedrockError("ValidationException", message)
