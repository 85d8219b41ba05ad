"""One reply's way, drawn as bars."""

import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator

from handler.ids import is_id, time_of
from scripts.console.arguments import Argument
from scripts.console.formats import Paint, clock, seconds, usd
from scripts.console.progress import Failure, say
from scripts.logs import arguments, events
from scripts.logs.lines import LogLine, is_number, parsed, plain
from scripts.logs.render import fallbacks, shown
from scripts.stack.connection import DeployedStack

ARGUMENTS = {
    "trace": (Argument("id", "of a reply or a request", arguments.log_id, "", positional=True),)
}
WIDTH = 50
FULL, LEAST = "█", "▏"
# A turn ends within Lambda's 15 minutes at the most; two clocks may differ by some.
AROUND, TURN = 60, 900
# The owner's settings may keep a log for longer (log_retention_days); a trace looks no further.
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


def run(options: Namespace, deployed: DeployedStack) -> None:
    """Prints the bars; a request that never became a reply as its line. Raises Failure when the log
    has neither."""
    found = find(deployed, options.id, time.time())
    if not found:
        again = f"make logs{deployed.target.words} shows the ids of the last hour"
        raise Failure(
            f"The log of the last {OLDEST // 86_400} days has no {options.id}: {again}; a reply is "
            "there once it has ended."
        )
    paint = Paint(sys.stdout)
    # The same message sent again answers with the same reply: what wrote it comes first.
    turns = [line for line in found if line.event == "turn"]
    turn = min(turns, key=lambda line: line.fields.get("asked") is not True, default=None)
    lines = bars(turn, paint) if turn else (text for line in found for text in shown(line, paint))
    for text in lines:
        print(text)
    if not turn:
        say("This request asked for no reply, or was refused before one began.")


def find(deployed: DeployedStack, wanted: str, now: float) -> list[LogLine]:
    """The lines about that reply or request. A reply's id says when it began, so that little of the
    log has to be read; one that was asked for again later is looked for up to now."""
    pattern = f'{{ ($.reply_id = "{wanted}") || ($.request_id = "{wanted}") }}'
    spans = [(now - OLDEST, now)]
    if is_id(wanted):
        began = time_of(wanted)
        spans = [(began - AROUND, began + TURN), (began + TURN, now)]
    for since, until in spans:
        if since < until:
            read = events.read(deployed, since=since, until=min(until, now), pattern=pattern)
            found = [line for line in parsed(read) if _is_about(line, wanted)]
            if found:
                return found
    return []


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
        what = f"{seconds(duration):>7}  {paint('faint', STAGES.get(name, ''))}"
        yield f"  {name:<{width}}  {drawn}  {what}".rstrip()
    yield f"  {'':<{width}}  0{seconds(whole):>{WIDTH - 1}}"


def bar(begin: float, duration: float, whole: float) -> str:
    """`WIDTH` characters with the stage where it was; a very short one is a thin line."""
    start = min(WIDTH - 1, int(begin / whole * WIDTH))
    length = min(WIDTH - start, round(duration / whole * WIDTH))
    return f"{' ' * start}{FULL * length or LEAST}".ljust(WIDTH)


def _heading(turn: LogLine, paint: Paint) -> Iterator[str]:
    code, took = turn.text("code"), turn.number("ms") or 0
    outcome = " ".join(filter(None, (turn.text("outcome"), f"({code})" if code else "")))
    first = turn.number("first_delta_ms")
    words = f", first words after {seconds(first)}" if first is not None else ""
    painted = paint("bad" if code else "", outcome)
    yield f"reply    {turn.text('reply_id') or 'none'}, {painted} after {seconds(took)}{words}"
    yield f"asked    {clock(turn.at - took / 1000)}, request {turn.text('request_id')}"
    if turn.fields.get("asked") is False:
        yield "model    not asked: the reply was there already, or admission was refused"
        return
    given, taken = (turn.number(f"{way}_tokens") or 0 for way in ("input", "output"))
    models = " ".join(filter(None, (turn.text("backend"), turn.text("model"))))
    cost = usd(turn.number("cost_usd") or 0)
    yield f"model    {models or 'none'}, {given:,} tokens in, {taken:,} out, {cost}"
    for model, why in fallbacks(turn):
        yield f"         instead of {model}, which answered {why}"


def _stages(turn: LogLine) -> list[tuple[str, float, float]]:
    """Name, begin and duration in ms, in the order in which they began."""
    logged = turn.fields.get("stages")
    found: Iterable = logged.items() if isinstance(logged, dict) else ()
    stages = [(plain(str(name)), *times) for name, times in found if _are_times(times)]
    return sorted(stages, key=lambda stage: stage[1])


def _is_about(line: LogLine, wanted: str) -> bool:
    return wanted in (line.fields.get("reply_id"), line.fields.get("request_id"))


def _are_times(times: object) -> bool:
    return (
        isinstance(times, list)
        and len(times) == 2
        and all(is_number(time) and time >= 0 for time in times)
    )
