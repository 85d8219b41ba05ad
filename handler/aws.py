"""The AWS clients of one process: slow to make, cheap to keep. Imported late, so that importing the
handler loads no SDK client."""

import boto3
from botocore.config import Config

# Retries are the SDK's where it knows better than we do: throttling and 5xx, with jitter, twice at
# most.
_RETRIES = {"mode": "standard", "total_max_attempts": 3}
# Tokens may be seconds apart, never half a minute. No retries here: the SDK would also wait three
# times for a model that is silent, and which failure is worth another try, or another model, is the
# backend's to know.
PATIENT = Config(
    read_timeout=30, connect_timeout=5, retries={"mode": "standard", "total_max_attempts": 1}
)
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


class Jobs:
    """The model worker's queue. Its client is made when the first job is sent: most stacks never
    send one."""

    def __init__(self, url: str, **where: str):
        self._url, self._where, self._client = url, where, None

    def __call__(self, body: str) -> None:
        """Put one message into the queue."""
        if self._client is None:
            self._client = boto3.client("sqs", config=BRISK, **self._where)
        self._client.send_message(QueueUrl=self._url, MessageBody=body)


def functions(**where: str):
    """Lambda, for handing a turn on."""
    return boto3.client("lambda", config=BRISK, **where)
