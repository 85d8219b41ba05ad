"""The most that strangers can make a day cost, by calling as fast as the throttles let them.

An upper bound and no estimate: every request is taken to be the dearest that a stranger can make.
That it is turned away before anything dearer happens is tests/contract/test_strangers.py's to show.
"""

from dataclasses import dataclass

from scripts.costs import prices
from scripts.costs.markdown import table
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
        return self.price.of(self.amount)


def bill(limits: PlannedLimits) -> list[FloodLine]:
    """Every part of a day of flood."""
    calls = sum(throttle.a_day() for throttle in limits.http)
    opened = limits.connect.a_day()
    frames = sum(throttle.a_day() for throttle in limits.frames)
    minutes, units = f"{SOCKET_MINUTES} minutes each", f"{FRAME_UNITS} metered messages each"
    socket_minutes, messages = opened * SOCKET_MINUTES, frames * FRAME_UNITS
    return [
        FloodLine("HTTP", "requests", calls, prices.HTTP_REQUEST),
        *_invocations("HTTP", calls, CALL_SECONDS, limits),
        FloodLine("HTTP", "one read of the token each", calls, prices.TABLE_READ),
        FloodLine("sockets", "handshakes", opened, prices.SOCKET_MESSAGE),
        FloodLine("sockets", minutes, socket_minutes, prices.SOCKET_MINUTE),
        *_invocations("sockets", opened, CALL_SECONDS, limits),
        FloodLine("frames", units, messages, prices.SOCKET_MESSAGE),
        FloodLine("frames", "answers", frames, prices.SOCKET_MESSAGE),
        *_invocations("frames", frames, FRAME_SECONDS, limits),
        FloodLine("frames", "one refused count at admission each", frames, prices.TABLE_WRITE),
    ]


def total(limits: PlannedLimits) -> float:
    """USD of a day of flood."""
    return sum(line.usd for line in bill(limits))


def _invocations(who: str, number: float, seconds: float, limits: PlannedLimits) -> list[FloodLine]:
    """What calls of the function cost, whoever makes them."""
    time = f"{seconds * 1000:.0f} ms at {limits.memory_gb * 1024:.0f} MB each"
    log, answer = f"{LOG_BYTES:,} bytes of log each", f"{ANSWER_BYTES:,} bytes of answer each"
    return [
        FloodLine(who, "invocations", number, prices.LAMBDA_REQUEST),
        FloodLine(who, time, number * seconds * limits.memory_gb, prices.LAMBDA_GB_SECOND),
        FloodLine(who, log, number * LOG_BYTES, prices.LOG_BYTE),
        FloodLine(who, answer, number * ANSWER_BYTES, prices.OUT_BYTE),
    ]


def throttles_table(limits: PlannedLimits) -> str:
    """One row for throttles of the same values."""
    groups = {
        "HTTP, each route": limits.http,
        "sockets, opened": (limits.connect,),
        "frames over all sockets": limits.frames,
    }
    rows = []
    for name, group in groups.items():
        (one,) = set(group)
        most = f"{sum(throttle.a_day() for throttle in group):,.0f}"
        rows.append([name, str(len(group)), f"{one.rate:g}", str(one.burst), most])
    return table("what|routes:|a second, for good:|at once:|most in a day:", rows)


def flood_table(limits: PlannedLimits) -> str:
    rows = []
    for line in bill(limits):
        price = f"{line.price.usd:g} / {line.price.per:,} {line.price.unit}"
        rows.append([line.who, line.what, f"{line.amount:,.0f}", price, f"{line.usd:.3f}"])
    # The last row's cells are empty up to its sum.
    summed = f"| **all** | | | | **{total(limits):.2f}** |"
    return f"{table('who|what|amount:|USD for each|USD a day:', rows)}\n{summed}"


def large_bodies(limits: PlannedLimits) -> str:
    """What the bound leaves out, in one sentence with its figures."""
    calls = sum(throttle.a_day() for throttle in limits.http)
    usd = prices.HTTP_REQUEST.of(calls * (LARGEST_REQUEST_UNITS - 1))
    uploaded = f"uploads {calls * 10e6 / 1e12:.0f} TB in a day"
    return (
        f"Whoever sends 10 MB with every request, and so {uploaded}, adds up to {usd:.0f} USD:"
        " API Gateway meters a request by 512 KB and cannot refuse its size."
    )
