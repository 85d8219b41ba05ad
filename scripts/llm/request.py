"""A request to a model, and the errors that Bedrock has for it."""

from dataclasses import dataclass

STATUS = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelStreamErrorException": 424,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}


class BedrockError(Exception):
    """An error on Bedrock's wire; `code` is its type, one of STATUS."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = STATUS[code]


@dataclass(frozen=True)
class ModelRequest:
    """`messages` in OpenAI's shape."""

    messages: list[dict]
    max_tokens: int
    temperature: float
    top_p: float


def invalid(message: str) -> BedrockError:
    return BedrockError("ValidationException", message)


def unavailable(message: str) -> BedrockError:
    return BedrockError("ServiceUnavailableException", message)
