"""Every limit that a growing number of guests may meet, and what a day asks of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.costs.plan import PlannedLimits
from scripts.scale import books, peaks
from scripts.scale.load import Load

# Account quotas, by service's developer guide, "Quotas": Lambda's concurrent executions of a new
# account and the usual ones, calls of `@connections` a second, write units a second of one DynamoDB
# partition.
NEW_EXECUTIONS, EXECUTIONS, POSTS = 10, 1_000, 10_000
# Tokens a minute of Mistral 7B Instruct on demand, in and out together, from memory; new accounts
# have less, and Service Quotas says how much. A day's quota is 1,440 times that, and requests are
# no longer counted (Bedrock user guide, "Quotas for the bedrock-runtime endpoint").
TOKENS_A_MINUTE = 300_000
MINUTES_A_DAY = 1_440

OWNER, ACCOUNT, DESIGN = "a setting of yours", "AWS raises it on request", "the design"


@dataclass(frozen=True, slots=True)
class Limit:
    """What there is of it, what the day asks of it, in `unit`; and who can raise it, and how."""

    name: str
    unit: str
    has: float
    asks: float
    whose: str
    raised: str

    @property
    def share(self) -> float:
        """Above 1 it is met."""
        return self.asks / self.has


def of(load: Load, plan: PlannedLimits, caps: Mapping[str, float]) -> list[Limit]:
    """All limits for one load. `caps` has the defaults of daily_limit_usd, monthly_limit_usd and
    max_tokens."""
    day, run = load.day, load.run
    (frames,), route = set(plan.frames), plan.http[0]
    minute = peaks.in_any(day.questions, 60)
    tokens = run.input_tokens + run.output_tokens
    a_second = peaks.in_any(day.questions, 1)
    posts = a_second * run.parts["reply"].socket_messages
    throttle = "terraform/modules/api/main.tf"
    return [
        Limit(
            "`daily_limit_usd`",
            "USD a day",
            caps["daily_limit_usd"],
            load.model_usd,
            OWNER,
            "settings.toml",
        ),
        Limit(
            "`monthly_limit_usd`",
            "USD a month",
            caps["monthly_limit_usd"],
            load.model_usd * load.days,
            OWNER,
            "settings.toml",
        ),
        Limit(
            "frames over all sockets",
            "a second",
            frames.rate,
            peaks.sustained(day.frames, frames.burst),
            OWNER,
            throttle,
        ),
        Limit(
            "sockets opened",
            "a second",
            plan.connect.rate,
            peaks.sustained(day.visits, plan.connect.burst),
            OWNER,
            throttle,
        ),
        Limit(
            "each HTTP route",
            "a second",
            route.rate,
            peaks.sustained(day.visits, route.burst),
            OWNER,
            throttle,
        ),
        Limit(
            "Lambda, a new account",
            "at once",
            NEW_EXECUTIONS,
            load.at_once,
            ACCOUNT,
            "Service Quotas, Lambda",
        ),
        Limit(
            "Lambda, the usual account",
            "at once",
            EXECUTIONS,
            load.at_once,
            ACCOUNT,
            "Service Quotas, Lambda",
        ),
        # Bedrock sets the longest reply aside when a request begins.
        Limit(
            "Bedrock, tokens a minute",
            "tokens",
            TOKENS_A_MINUTE,
            minute * (run.input_tokens + caps["max_tokens"]),
            ACCOUNT,
            "Service Quotas, Bedrock",
        ),
        Limit(
            "Bedrock, tokens a day",
            "tokens",
            TOKENS_A_MINUTE * MINUTES_A_DAY,
            len(day.questions) * tokens,
            ACCOUNT,
            "Service Quotas, Bedrock",
        ),
        Limit(
            "posts to open sockets",
            "a second",
            POSTS,
            posts,
            ACCOUNT,
            "Service Quotas, API Gateway",
        ),
        Limit(
            "the month's books, size",
            "bytes",
            books.LARGEST,
            load.books_bytes,
            DESIGN,
            "an item for each guest",
        ),
        Limit(
            "the month's books, writes",
            "units a second",
            books.PARTITION_WRITES,
            a_second
            * books.WRITES_A_TURN
            * books.write_units(min(load.books_bytes, books.LARGEST)),
            DESIGN,
            "an item for each guest, and shards of the sum",
        ),
    ]


def first(limits: list[Limit]) -> Limit:
    """The one that is nearest, or met the most."""
    return max(limits, key=lambda limit: limit.share)
