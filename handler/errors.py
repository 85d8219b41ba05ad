"""What can go wrong, as a guest or a program outside reads it. Every class is a code of the
contract (docs/api.md, "Errors"), and the only place that says whether the same request may
succeed when it is sent again (`retryable`). `detail` is one sentence in English that is safe to
show to anyone; the page has its own sentence per code in the guest's language."""


class ChatError(Exception):
    """An expected refusal or failure. `detail` is public; `retry_after` is in whole seconds."""

    code = "internal"
    status = 500
    title = "Something went wrong"
    retryable = False
    # Whether admission was refused. Counted, so that an owner sees guests being turned away.
    refusal = False
    # Whether it is the model's own failure, which counts against its availability.
    of_model = False

    def __init__(self, detail: str | None = None, *, retry_after: int | None = None) -> None:
        self.detail = detail or self.title + "."
        self.retry_after = retry_after
        super().__init__(self.detail)


class Unauthorized(ChatError):
    """No invite token, an unknown one, a revoked one or an expired one: never told apart."""

    code, status, title = "unauthorized", 401, "A valid invite is needed"
    refusal = True


class NotFound(ChatError):
    """It does not exist, or it is another guest's: never told apart."""

    code, status, title = "not_found", 404, "Nothing is here"


class InvalidRequest(ChatError):
    """The request is not of the contract's form; `detail` names the field."""

    code, status, title = "invalid_request", 400, "The request is not valid"


class TooLarge(ChatError):
    code, status, title = "too_large", 413, "The message is too long"


class Conflict(ChatError):
    code, status, title, retryable = "conflict", 409, "A reply is still being written here", True


class RateLimited(ChatError):
    code, status, title, retryable = "rate_limited", 429, "Too many requests at once", True
    refusal = True


class QuotaExceeded(ChatError):
    code, status, title = "quota_exceeded", 429, "Today's replies are used up"
    refusal = True


class BudgetExhausted(ChatError):
    """The owner's limit for the day or for the month is reached."""

    code, status, title = "budget_exhausted", 503, "The budget is used up"
    refusal = True


class LlmOff(ChatError):
    code, status, title = "llm_off", 503, "The model is switched off"
    refusal = True


class ModelDisabled(ChatError):
    """AWS denies the model to the function: the kill switch, or missing rights."""

    code, status, title = "model_disabled", 503, "The model is disabled in this account"
    of_model = True


class ModelBusy(ChatError):
    code, status, title, retryable = "model_busy", 503, "The model is busy", True
    of_model = True


class ModelUnavailable(ChatError):
    code, status, title, retryable = "model_unavailable", 503, "The model cannot be reached", True
    of_model = True


class ModelTimeout(ChatError):
    code, status, title, retryable = "model_timeout", 504, "The model took too long", True
    of_model = True


class Internal(ChatError):
    """Anything unforeseen; the log has the cause, the guest has the request id."""

    retryable = True


class PromptRejected(Internal):
    """The model's provider calls the request invalid, and will again."""

    retryable = False
