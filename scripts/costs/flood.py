"""The most that strangers can make a day cost, by calling as fast as the throttles let them.

An upper bound and no estimate: every request is taken to be the dearest that a stranger can make.
That it is turned away before anything dearer happens is tests/contract/test_strangers.py's to show.
"""

from dataclasses import dataclass

from scripts.costs import prices
from scripts.costs.plan import PlannedLimits

# What a day of flood may cost at most with the defaults (USD).
LIMIT_USD = 5

# Billed duration (seconds) of a refused call, and of a refused frame, which also posts an answer.
# Locally a refused call takes 3 ms of a whole core; at 128 MB the function has a fourteenth of one.
CALL_SECONDS = 0.05
FRAME_SECONDS = 0.10
# Bytes in the log: our line, Lambda's own two, and the 26 bytes that CloudWatch adds to each.
LOG_BYTES = 1_000
# Bytes of an answer, with its headers.
ANSWER_BYTES = 2_000
# API Gateway closes a socket after two hours, whatever its client does.
SOCKET_MINUTES = 120
# A frame has up to 128 KB, metered in steps of 32 KB.
FRAME_UNITS = 4
# A request is metered in steps of 512 KB, and may have 10 MB. The page sends none above 128 KB.
LARGEST_REQUEST_UNITS = 20


@dataclass(frozen=True, slots=True)
class FloodLine:
    """One part of the bill of a day."""

    who: str
    what: str
    amount: float
    price: prices.Price

    @property
    def usd(self) -> float:
        """What it costs."""
        return self.price.of(self.amount)


def bill(limits: PlannedLimits) -> list[FloodLine]:
    """Every part of a day of flood."""
    calls = sum(throttle.a_day() for throttle in limits.http)
    opened = limits.connect.a_day()
    frames = sum(throttle.a_day() for throttle in limits.frames)
    return [
        FloodLine("HTTP", "requests", calls, prices.HTTP_REQUEST),
        *_invocations("HTTP", calls, CALL_SECONDS, limits),
        FloodLine("HTTP", "one look at the token each", calls, prices.TABLE_READ),
        FloodLine("sockets", "handshakes", opened, prices.SOCKET_MESSAGE),
        FloodLine(
            "sockets",
            f"{SOCKET_MINUTES} minutes each",
            opened * SOCKET_MINUTES,
            prices.SOCKET_MINUTE,
        ),
        *_invocations("sockets", opened, CALL_SECONDS, limits),
        FloodLine(
            "frames",
            f"{FRAME_UNITS} metered messages each",
            frames * FRAME_UNITS,
            prices.SOCKET_MESSAGE,
        ),
        FloodLine("frames", "answers", frames, prices.SOCKET_MESSAGE),
        *_invocations("frames", frames, FRAME_SECONDS, limits),
        FloodLine("frames", "one refused count at the door each", frames, prices.TABLE_WRITE),
    ]


def total(limits: PlannedLimits) -> float:
    """USD of a day of flood."""
    return sum(line.usd for line in bill(limits))


def _invocations(who: str, number: float, seconds: float, limits: PlannedLimits) -> list[FloodLine]:
    """What each call of the function costs, whoever makes it."""
    megabytes = limits.memory_gb * 1024
    gb_seconds = number * seconds * limits.memory_gb
    return [
        FloodLine(who, "invocations", number, prices.LAMBDA_REQUEST),
        FloodLine(
            who,
            f"{seconds * 1000:.0f} ms at {megabytes:.0f} MB each",
            gb_seconds,
            prices.LAMBDA_GB_SECOND,
        ),
        FloodLine(who, f"{LOG_BYTES:,} bytes of log each", number * LOG_BYTES, prices.LOG_BYTE),
        FloodLine(
            who, f"{ANSWER_BYTES:,} bytes of answer each", number * ANSWER_BYTES, prices.OUT_BYTE
        ),
    ]


def throttles(limits: PlannedLimits) -> str:
    """The throttles, as a table."""
    groups = {
        "HTTP, each route": limits.http,
        "sockets, opened": (limits.connect,),
        "frames over all sockets": limits.frames,
    }
    rows = [
        "| what | routes | a second, for good | at once | most in a day |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, group in groups.items():
        (one,) = set(group)
        rows.append(
            f"| {name} | {len(group)} | {one.rate:g} | {one.burst} | {sum(t.a_day() for t in group):,.0f} |"
        )
    return "\n".join(rows)


def table(limits: PlannedLimits) -> str:
    """The bill, as a table."""
    rows = ["| who | what | amount | USD for each | USD a day |", "|---|---|---:|---|---:|"]
    for line in bill(limits):
        price = f"{line.price.usd:g} / {line.price.per:,} {line.price.unit}"
        rows.append(f"| {line.who} | {line.what} | {line.amount:,.0f} | {price} | {line.usd:.3f} |")
    rows.append(f"| **all** | | | | **{total(limits):.2f}** |")
    return "\n".join(rows)


def large_bodies(limits: PlannedLimits) -> str:
    """What the bound leaves out, in one sentence with its figures."""
    calls = sum(throttle.a_day() for throttle in limits.http)
    usd = prices.HTTP_REQUEST.of(calls * (LARGEST_REQUEST_UNITS - 1))
    terabytes = calls * 10e6 / 1e12
    return (
        f"Whoever sends 10 MB with every request, and so uploads {terabytes:.0f} TB in a day, adds up to {usd:.0f} USD:"
        " API Gateway meters a request by 512 KB and cannot refuse its size."
    )
