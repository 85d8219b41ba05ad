"""What 10, 1,000 and 100,000 daily guests cost, and which limits they meet, by the formulae of
docs/scale.md over the measured run, the planned limits and the price table."""

import math
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace

from scripts.costs.markdown import table
from scripts.costs.measured import last
from scripts.costs.months import REPLIES_A_VISIT
from scripts.costs.operations import usd
from scripts.costs.plan import PlannedLimits
from scripts.workspace import paths

SIZES = (10, 1_000, 100_000)
# Assumed: a guest's visits a day, and how much of a day falls into its busiest hour.
VISITS, BUSIEST_HOUR = 2, 0.085
REPLIES = VISITS * REPLIES_A_VISIT
# The page pings every five minutes of a visit's fifteen (site/js/socket.js): a frame each.
FRAMES = REPLIES + VISITS * 3
DAYS = 30
# Concurrent executions of a new account and of others (Lambda Developer Guide, "Quotas").
NEW_EXECUTIONS, EXECUTIONS = 10, 1_000
# Mistral 7B Instruct on demand, from memory; new accounts may have fewer.
TOKENS_A_MINUTE = 300_000
# Bytes of an item, and write units a second of a partition (DynamoDB Developer Guide, "Quotas").
LARGEST_ITEM, PARTITION_WRITES = 400 * 1_024, 1_000
# The month's books (handler/store/ledger.py) at the month's end: bytes without guests and bytes of
# a guest, which tests/contract/test_books_size.py measures; and how often a reply writes them.
BOOKS_BYTES, GUEST_BYTES, BOOKS_WRITES = 1_250, 58, 2


@dataclass(frozen=True, slots=True)
class Load:
    """A day of so many guests."""

    guests: int

    def most_replies(self, seconds: float) -> int:
        """The most that begin in a moment of that length: a Poisson process exceeds it about once
        in ten thousand moments."""
        mean = _rate(REPLIES)(self) * seconds
        return math.ceil(mean + 4 * math.sqrt(mean))

    def replies_at_once(self) -> int:
        """The most in the time that Lambda is busy with one."""
        memory = last().memory_mb
        return self.most_replies(last().parts["reply"].gb_seconds(memory) * 1_024 / memory)

    def tokens_a_minute(self) -> float:
        """Bedrock sets the longest possible reply aside when a request begins."""
        return self.most_replies(60) * (last().input_tokens + _default("max_tokens"))

    def books_bytes(self) -> int:
        return BOOKS_BYTES + GUEST_BYTES * self.guests

    def books_units(self) -> int:
        """Write units of a reply, with books up to the largest item."""
        return BOOKS_WRITES * math.ceil(min(self.books_bytes(), LARGEST_ITEM) / 1_024)

    def books_writes(self) -> int:
        return self.most_replies(1) * self.books_units()

    def model_usd(self) -> float:
        """USD a day."""
        return last().model_usd() / 1_000 * self.guests * REPLIES

    def other_usd(self) -> float:
        """USD a day of everything but the model and storage. The measured books take a unit a
        write; those beyond the largest item have to be divided and are as small again."""
        reply, visit = last().parts["reply"], last().parts["visit"]
        if self.books_bytes() <= LARGEST_ITEM:
            more = self.books_units() - BOOKS_WRITES
            reply = replace(reply, write_units=reply.write_units + more)
        return usd((reply * REPLIES + visit * VISITS) * self.guests, last().memory_mb)


@dataclass(frozen=True, slots=True)
class Limit:
    """How much there is by default, how much of it a load needs, and who can raise it."""

    name: str
    has: float
    unit: str
    needs: Callable[[Load], float]
    raised_by: str

    def share(self, guests: int) -> float:
        """Above 1 the limit is met."""
        return self.needs(Load(guests)) / self.has

    def met_at(self) -> int:
        """The fewest guests that meet it."""
        return bisect_left(range(10**9), True, key=lambda guests: self.share(guests) > 1)


def limits(plan: PlannedLimits) -> list[Limit]:
    """Every limit that a growing number of guests may meet."""
    day, month = _default("daily_limit_usd"), _default("monthly_limit_usd")
    frames, sockets, route = plan.frames[0].rate, plan.connect.rate, plan.http[0].rate
    yours, stage = "you: `settings.toml`", "you: `terraform/modules/api/main.tf`"
    lambdas, bedrock = "AWS: Service Quotas, Lambda", "AWS: Service Quotas, Bedrock"
    design, units = "a change of the design", PARTITION_WRITES
    return [
        Limit("`daily_limit_usd`", day, "USD a day", Load.model_usd, yours),
        Limit("`monthly_limit_usd`", month, "USD a month", lambda it: it.model_usd() * DAYS, yours),
        Limit("frames over all sockets", frames, "a second", _rate(FRAMES), stage),
        Limit("sockets opened", sockets, "a second", _rate(VISITS), stage),
        Limit("calls of one HTTP route", route, "a second", _rate(VISITS), stage),
        Limit("Lambda in a new account", NEW_EXECUTIONS, "at once", Load.replies_at_once, lambdas),
        Limit("Lambda in an older account", EXECUTIONS, "at once", Load.replies_at_once, lambdas),
        Limit("Bedrock's tokens a minute", TOKENS_A_MINUTE, "", Load.tokens_a_minute, bedrock),
        Limit("the month's books, bytes", LARGEST_ITEM, "", Load.books_bytes, design),
        Limit("the month's books, write units", units, "a second", Load.books_writes, design),
    ]


def limits_table(plan: PlannedLimits) -> str:
    rows = []
    for one in limits(plan):
        shares = [one.share(guests) for guests in SIZES]
        cells = [f"**{share:,.0%}**" if share > 1 else f"{share:.1%}" for share in shares]
        met_at = f"{float(f'{one.met_at():.1g}'):,.0f} guests"
        rows.append([one.name, f"{one.has:,g} {one.unit}".strip(), *cells, met_at, one.raised_by])
    sizes = "|".join(f"{guests:,}:" for guests in SIZES)
    return table(f"limit|there is:|{sizes}|met at about:|who raises it", rows)


def costs_table(_plan: PlannedLimits) -> str:
    rows = []
    for load in map(Load, SIZES):
        counts = [f"{n:,}" for n in (load.guests, load.guests * REPLIES, load.replies_at_once())]
        usd_a_day = (load.model_usd(), load.other_usd())
        amounts = [f"{one:.2f}" if one >= 1 else f"{one:.2g}" for one in usd_a_day]
        rows.append([*counts, *amounts, f"{sum(usd_a_day) * DAYS:,.0f}"])
    head = "daily guests:|replies a day:|replies at once:"
    return table(f"{head}|the model, USD a day:|all else, USD a day:|USD a month:", rows)


def _rate(a_guest: float) -> Callable[[Load], float]:
    """How often a second, in the busiest hour, what every guest does so often a day."""
    return lambda load: load.guests * a_guest * BUSIEST_HOUR / 3_600


def _default(variable: str) -> float:
    number = rf'variable "{variable}" {{.*?default += ([\d.]+)'
    found = re.search(number, paths.declared(), re.DOTALL)
    return float(found[1]) if found else math.nan
