"""The AWS clients of one process: slow to make, cheap to keep. Imported late, so that importing the handler loads no SDK client."""

import boto3
from botocore.config import Config

# Retries are the SDK's where it knows better than we do: throttling and 5xx, with jitter, twice at most.
_RETRIES = {"mode": "standard", "total_max_attempts": 3}
# Tokens may be seconds apart, never a minute.
PATIENT = Config(read_timeout=60, connect_timeout=5, retries=_RETRIES)
BRISK = Config(read_timeout=10, connect_timeout=3, retries=_RETRIES)


def table(name: str, **where: str | None):
    """The DynamoDB table; `where` may name another endpoint."""
    return boto3.resource("dynamodb", config=BRISK, **where).Table(name)


def bedrock(**where: str):
    """Bedrock's runtime."""
    return boto3.client("bedrock-runtime", config=PATIENT, **where)


def connections(**where: str):
    """The open WebSocket connections; the endpoint comes from the environment."""
    return boto3.client("apigatewaymanagementapi", config=BRISK, **where)


def functions(**where: str):
    """Lambda, for handing a turn on."""
    return boto3.client("lambda", config=BRISK, **where)
