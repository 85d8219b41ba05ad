"""Where the time of one reply went: found in the log, and drawn as bars."""

from collections.abc import Iterator

from handler.ids import is_id, time_of
from scripts.console.formats import Paint, clock, seconds, usd
from scripts.logs import events
from scripts.logs.lines import LogLine, is_number, parsed, printable
from scripts.stack.connection import DeployedStack

WIDTH = 50
FULL, LEAST = "█", "▏"
# Seconds: a turn ends within Lambda's 15 minutes, and two clocks may differ.
AROUND, TURN = 60, 900
# A log may be kept longer (log_retention_days), but nobody traces what is older than this.
OLDEST = 30 * 86_400

# What the function does in each stage.
STAGES = {
    "gate": "invite, quota, switch, budget",
    "handover": "to the invocation that writes it",
    "history": "what was said before is read",
    "open": "money reserved, question stored",
    "model": "until its first word",
    "stream": "from the first word to the last",
    "store": "reply stored, cost settled",
    "tell": "readers that lag behind",
}


def find(deployed: DeployedStack, wanted: str, now: float) -> list[LogLine]:
    """The lines about that reply or request. A reply's id says when it began, so that little of the
    log has to be read; a reply that was requested again later is looked for up to now."""
    pattern = f'{{ ($.reply_id = "{wanted}") || ($.request_id = "{wanted}") }}'
    spans = [(now - OLDEST, now)]
    if is_id(wanted):
        began = time_of(wanted)
        spans = [(began - AROUND, began + TURN), (began + TURN, now)]
    for since, until in spans:
        if since < until:
            read = events.read(deployed, since=since, until=min(until, now), pattern=pattern)
            if found := [line for line in parsed(read) if wanted in _ids(line)]:
                return found
    return []


def _ids(line: LogLine) -> tuple[object, object]:
    return line.fields.get("reply_id"), line.fields.get("request_id")


def bars(turn: LogLine, paint: Paint) -> Iterator[str]:
    """A heading, and a bar for each stage under one ruler."""
    yield from _heading(turn, paint)
    stages = _stages(turn)
    if not stages:
        yield "No stage of it was written down."
        return
    whole = max([turn.number("ms") or 0, *(begin + duration for _, begin, duration in stages)]) or 1
    longest = max(duration for _, _, duration in stages)
    width = max(len(name) for name, _, _ in stages)
    yield ""
    for name, begin, duration in stages:
        drawn = paint("warn" if duration == longest else "good", bar(begin, duration, whole))
        what = paint("faint", STAGES.get(name, ""))
        yield f"  {name:<{width}}  {drawn}  {seconds(duration):>7}  {what}".rstrip()
    yield f"  {'':<{width}}  0{seconds(whole):>{WIDTH - 1}}"


def bar(begin: float, duration: float, whole: float) -> str:
    """`WIDTH` characters with the stage where it was; a short one is a thin line."""
    start = min(WIDTH - 1, int(begin / whole * WIDTH))
    length = min(WIDTH - start, round(duration / whole * WIDTH))
    return f"{' ' * start}{FULL * length or LEAST}".ljust(WIDTH)


def _heading(turn: LogLine, paint: Paint) -> Iterator[str]:
    code, took, first = turn.text("code"), turn.number("ms") or 0, turn.number("first_delta_ms")
    outcome = turn.text("outcome") + (f" ({code})" if code else "")
    parts = [f"{paint('bad' if code else '', outcome.strip())} after {seconds(took)}"]
    if first is not None:
        parts.append(f"first words after {seconds(first)}")
    yield f"reply    {turn.text('reply_id') or 'none'}, {', '.join(parts)}"
    yield f"asked    {clock(turn.at - took / 1000)}, request {turn.text('request_id')}"
    if turn.fields.get("asked") is False:
        yield "model    not asked: the reply was there already, or admission was refused"
        return
    read, written = turn.number("input_tokens") or 0, turn.number("output_tokens") or 0
    model, cost = turn.text("backend", "model") or "none", usd(turn.number("cost_usd") or 0)
    yield f"model    {model}, {read:,} tokens in, {written:,} out, {cost}"
    for other, why in turn.fallbacks():
        yield f"         instead of {other}, which answered {why}"


def _stages(turn: LogLine) -> list[tuple[str, float, float]]:
    """Name, begin and duration in ms, in the order in which they began."""
    found = turn.fields.get("stages")
    times = found.items() if isinstance(found, dict) else ()
    stages = [(printable(str(name)), *pair) for name, pair in times if _is_pair(pair)]
    return sorted(stages, key=lambda stage: stage[1])


def _is_pair(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(is_number(time) and time >= 0 for time in value)
    )
