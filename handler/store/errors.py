"""DynamoDB's own failures as the contract's. Failed conditions are the store's business and never
get here."""

from botocore.exceptions import BotoCoreError, ClientError

from handler.errors import ChatError, Internal, RateLimited

# Error codes of DynamoDB that mean "later" (Developer Guide, "Error handling with DynamoDB"); the
# SDK has retried them already.
BUSY = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}


def translate(error: ClientError | BotoCoreError) -> ChatError:
    """What a guest is told of it."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    return RateLimited(retry_after=2) if code in BUSY else Internal(retry_after=2)
