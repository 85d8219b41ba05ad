"""The figures of docs/scale.md."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from scripts.costs import machines, measured, months, prices
from scripts.costs.plan import PlannedLimits
from scripts.scale import assumptions, books, limits, peaks, workers
from scripts.scale.caps import caps
from scripts.scale.load import Load, seconds_of
from scripts.workspace import paths

PATH = paths.ROOT / "docs/scale.md"


@cache
def load(guests: int) -> Load:
    """A size's day, simulated once."""
    return Load.of(guests)


def sizes(plan: PlannedLimits) -> str:
    """What each size asks, what it meets first, and what it costs."""
    header = [
        "daily guests",
        "replies a day",
        "most in a second",
        "replies at once",
        "met first",
        "USD a day",
        "USD a month",
    ]
    rows = [f"| {' | '.join(header)} |", "|---:|---:|---:|---:|---|---:|---:|"]
    for guests in assumptions.SIZES:
        one = load(guests)
        nearest = limits.first(limits.of(one, plan, caps()))
        met = (
            f"{nearest.name}: {nearest.share:,.1f} times"
            if nearest.share > 1
            else f"none; {nearest.name} at {nearest.share:.0%}"
        )
        usd = one.model_usd + one.other_usd()
        asked = (len(one.day.questions), peaks.in_any(one.day.questions, 1), one.at_once)
        rows.append(
            f"| {guests:,} | {' | '.join(f'{n:,}' for n in asked)} | {met} | {usd:,.2f} | {usd * one.days:,.0f} |"
        )
    return "\n".join(rows)


def shares(plan: PlannedLimits) -> str:
    """Every limit, and how much of it each size takes."""
    columns = [limits.of(load(guests), plan, caps()) for guests in assumptions.SIZES]
    names = " | ".join(f"{guests:,}" for guests in assumptions.SIZES)
    rows = [
        f"| limit | there is | {names} | met at about | whose |",
        f"|---|---:|{'---:|' * len(columns)}---:|---|",
    ]
    for same in zip(*columns, strict=True):
        taken = " | ".join(
            f"**{one.share:,.0%}**" if one.share > 1 else f"{one.share:.1%}" for one in same
        )
        there = f"{_amount(same[0].has)} {same[0].unit}"
        rows.append(
            f"| {same[0].name} | {there} | {taken} | {_met_at(same)} guests | {same[0].whose}: {same[0].raised} |"
        )
    return "\n".join(rows)


def _met_at(same: Sequence[limits.Limit]) -> str:
    """In proportion, from the size that comes nearest to the limit."""
    guests, one = min(
        zip(assumptions.SIZES, same, strict=True),
        key=lambda sized: abs(math.log(max(1e-9, sized[1].share))),
    )
    return _amount(float(f"{guests / one.share:.1g}"))


def raised(plan: PlannedLimits) -> str:
    """What each size needs that the defaults do not have, the most pressing first."""
    lines = []
    for guests in assumptions.SIZES:
        met = sorted(
            (one for one in limits.of(load(guests), plan, caps()) if one.share > 1),
            key=lambda one: -one.share,
        )
        needs = "; ".join(f"{one.name}, to {_amount(one.asks)} {one.unit}" for one in met)
        lines.append(f"- **{guests:,} guests:** {needs or 'nothing'}.")
    return "\n".join(lines)


def throttled(plan: PlannedLimits) -> str:
    """What the throttle as it is would refuse, in one sentence."""
    (frames,) = set(plan.frames)
    refused = [
        f"{peaks.refused(load(guests).day.frames, frames.rate, frames.burst):.0%} of {guests:,}"
        for guests in assumptions.SIZES
    ]
    return f"Left as it is, the throttle over all sockets refuses this part of the frames of so many guests: {', '.join(refused)}."


def waits(_plan: PlannedLimits) -> str:
    """Workers: from the fewest that keep up."""
    seconds = workers.reply_seconds(measured.last())
    rows = ["| daily guests | workers | p95 wait | USD an hour |", "|---:|---:|---:|---:|"]
    hour = machines.find(assumptions.WORKER.name, prices.REGION).hour(prices.REGION)
    for guests in assumptions.SIZES:
        questions = load(guests).day.questions
        fewest = workers.least(questions, seconds)
        for number in _numbers(fewest):
            rows.append(
                f"| {guests:,} | {number:,} | {_seconds(workers.wait(questions, seconds, number))} | {number * hour:,.2f} |"
            )
    return "\n".join(rows)


def _numbers(fewest: int) -> list[int]:
    """All up to four, or around the fewest that keep up."""
    return (
        list(range(1, fewest + 3))
        if fewest <= 2
        else sorted({1, fewest, *(round(fewest * more) for more in (0.9, 1.1, 1.25))})
    )


def _seconds(wait: float) -> str:
    return f"{wait:,.0f} s" if wait < 3_600 else "hours: it does not keep up"


def _amount(number: float) -> str:
    """Without more digits than mean something."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def growth(_plan: PlannedLimits) -> str:
    """How the month's books grow, in one sentence."""
    empty, thousand = (books.books_bytes(guests) for guests in (0, 1_000))
    each = (thousand - empty) / 1_000
    return (
        f"A guest takes {each:.0f} bytes of the month's books: with a thousand, each of a turn's two writes takes"
        f" {books.write_units(thousand)} units instead of one or two, and with {_amount(float(f'{(books.LARGEST - empty) / each:.2g}'))}"
        " the item is as large as DynamoDB takes."
    )


def given(_plan: PlannedLimits) -> str:
    """What is assumed and what is measured, in figures."""
    run, machine = measured.last(), assumptions.WORKER
    share = max(assumptions.HOURS) / sum(assumptions.HOURS)
    reply, visits = run.parts["reply"], assumptions.VISITS_A_GUEST
    lines = [
        f"Measured ({run.date}): a reply of {run.output_tokens} tokens to {run.input_tokens:,} keeps Lambda busy for"
        f" {seconds_of(run):.2f} s at {run.memory_mb} MB, with {reply.socket_messages:g} messages and {reply.write_units:g} write units.",
        f"Assumed: a guest comes {visits} times a day and asks {months.REPLIES_A_VISIT} times, {assumptions.PAUSE:g} s apart on average;"
        f" {share:.0%} of the visits begin in the busiest hour.",
        f"Assumed, not measured: a {machine.name} reads {machine.reads:g} tokens a second and writes {machine.writes:g}, and keeps"
        f" two thirds of a prompt from the turn before: {workers.reply_seconds(run):.0f} s a reply.",
        f"From memory: Bedrock's {limits.TOKENS_A_MINUTE:,} tokens a minute for this model, which new accounts may not have.",
    ]
    return "\n".join(f"- {line}" for line in lines)


BLOCKS: Mapping[str, Callable[[PlannedLimits], str]] = {
    "given": given,
    "sizes": sizes,
    "limits": shares,
    "raised": raised,
    "throttled": throttled,
    "growth": growth,
    "waits": waits,
}
