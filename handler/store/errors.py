"""DynamoDB's failures as the contract's. A failed condition never gets here: the store handles
it."""

from botocore.exceptions import BotoCoreError, ClientError

from handler.errors import ChatError, Internal, RateLimited

# DynamoDB's error codes that mean "later" (Developer Guide, "Error handling with DynamoDB"); the
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
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    return RateLimited(retry_after=2) if code in BUSY else Internal(retry_after=2)
