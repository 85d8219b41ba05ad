"""The one price table: AWS list prices in USD, region us-east-1, on demand, without any free tier.

Read in autumn 2026 on each service's pricing page under aws.amazon.com. The model's own prices are
in handler/models/models.json."""

from dataclasses import dataclass

from handler.models import catalog
from scripts.costs.markdown import table

READ = "autumn 2026"
REGION = "us-east-1"
# The model of the measured turn.
MODEL = "mistral.mistral-7b-instruct-v0:2"
MILLION = 1_000_000
GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for each `per` of `unit`; `page` is the path of the pricing page."""

    usd: float
    per: int
    unit: str
    page: str

    def of(self, amount: float) -> float:
        """What that many units cost, in USD."""
        return amount * self.usd / self.per


# Metered in steps of 512 KB of a request.
HTTP_REQUEST = Price(1.00, MILLION, "HTTP API requests", "api-gateway/pricing")
# Metered in steps of 32 KB, each way.
SOCKET_MESSAGE = Price(1.00, MILLION, "WebSocket messages", "api-gateway/pricing")
SOCKET_MINUTE = Price(0.25, MILLION, "WebSocket connection minutes", "api-gateway/pricing")
LAMBDA_REQUEST = Price(0.20, MILLION, "Lambda requests", "lambda/pricing")
LAMBDA_GB_SECOND = Price(13.3334, MILLION, "Lambda GB-seconds (arm64)", "lambda/pricing")
# One strongly consistent read of at most 4 KB, or one write of at most 1 KB; a write that its
# condition refuses counts too.
TABLE_READ = Price(0.125, MILLION, "DynamoDB read units", "dynamodb/pricing/on-demand")
TABLE_WRITE = Price(0.625, MILLION, "DynamoDB write units", "dynamodb/pricing/on-demand")
LOG_BYTE = Price(0.50, GB, "bytes of CloudWatch Logs taken in", "cloudwatch/pricing")
OUT_BYTE = Price(0.09, GB, "bytes out to the internet", "ec2/pricing/on-demand")
# One text unit has up to 1,000 characters.
GUARDRAIL_UNIT = Price(
    0.15, 1_000, "text units through a guardrail's content filters", "bedrock/pricing"
)
TABLE_STORED = Price(0.25, GB, "bytes stored in DynamoDB for a month", "dynamodb/pricing/on-demand")
BUCKET_STORED = Price(0.023, GB, "bytes stored in S3 for a month", "s3/pricing")
LOG_STORED = Price(0.03, GB, "bytes stored in CloudWatch Logs for a month", "cloudwatch/pricing")
METRIC = Price(0.30, 1, "custom metrics for a month", "cloudwatch/pricing")
ALARM = Price(0.10, 1, "alarms for a month", "cloudwatch/pricing")
DASHBOARD = Price(3.00, 1, "dashboards for a month", "cloudwatch/pricing")
WORKER_HOUR = Price(0.16, 1, "hours of a c8g.xlarge", "ec2/pricing/on-demand")
ADDRESS_HOUR = Price(0.005, 1, "hours of a public IPv4 address", "vpc/pricing")
VOLUME_STORED = Price(0.08, GB, "bytes of a gp3 volume for a month", "ebs/pricing")

ALL = [price for price in list(globals().values()) if isinstance(price, Price)]


def model_usd(input_tokens: int, output_tokens: int) -> float:
    """What the model takes for a turn."""
    card = catalog.card_for(MODEL, REGION)
    if card is None:
        raise LookupError(f"{MODEL} has no price in {REGION}")
    return card.cost(input_tokens, output_tokens) / 1e9


def price_table() -> str:
    rows = ([one.unit, f"{one.usd:g} / {one.per:,}", f"`{one.page}`"] for one in ALL)
    return table(f"what|USD, {REGION}, {READ}|page", rows)
