"""The log for a person: a line for each thing that happened, and beneath it why it went wrong.

python -m scripts logs --since 2h --code model_busy"""

import argparse
import sys
import time
from collections.abc import Iterator

from scripts.console.formats import Paint, clock, counted, seconds, usd
from scripts.logs import arguments, events
from scripts.logs.lines import PATTERN, LogLine, parsed, plain
from scripts.stack.connection import DeployedStack

# Lambda's status of an invocation that went well; it says nothing that the function's own line does
# not.
WELL = ("success", None)
# As long as the longest code.
CODE = 17


def add_to(command) -> None:
    """Declares the subcommand; `command` makes one."""
    logs = command("logs", run, "shows what the function logged, and why what failed")
    logs.add_argument(
        "--since",
        type=arguments.span,
        default="1h",
        help="how far back: 30m, 2h, 3d (default: %(default)s)",
    )
    logs.add_argument(
        "--code",
        type=arguments.code,
        default=None,
        help="only what was refused or failed with this code",
    )


def run(options: argparse.Namespace, deployed: DeployedStack) -> int:
    """Prints the lines, oldest first; on stderr how many there were."""
    now, paint = time.time(), Paint(sys.stdout)
    pattern = f'{{ $.code = "{options.code}" }}' if options.code else PATTERN
    found = parsed(events.read(deployed, since=now - options.since, until=now, pattern=pattern))
    wanted = [line for line in found if _wanted(line, options.code)]
    for line in wanted:
        for text in shown(line, paint):
            print(text)
    print(_summary(wanted, options), file=sys.stderr)
    return 0


def shown(line: LogLine, paint: Paint) -> Iterator[str]:
    """One line of the log, and the trace if it has one. Only these fields are ever shown, whatever
    else a line may hold."""
    code, error = line.text("code"), str(line.fields.get("error") or "")
    took = line.number("ms")
    parts = [
        clock(line.at),
        f"{line.event:<7}",
        paint("bad" if code or error else "", f"{_outcome(line):<{CODE}}"),
        f"{'' if took is None else seconds(took):>7}",
        f"{', '.join(_details(line))}  {paint('faint', _id(line))}".strip(),
    ]
    yield "  ".join(parts).rstrip()
    *trace, last = error.rstrip().splitlines() or [""]
    yield from (paint("faint", f"    {plain(step)}") for step in trace)
    if last:
        yield paint("bad", f"    {plain(last)}")


def _wanted(line: LogLine, code: str | None) -> bool:
    if code:
        return line.text("code") == code
    return line.event != "report" or line.fields.get("status") not in WELL


def _outcome(line: LogLine) -> str:
    """In a word: the code of a refusal or failure, else what came of it."""
    if code := line.text("code"):
        return code
    match line.event:
        case "http":
            return line.text("status")
        case "probe":
            return "answered" if line.fields.get("available") else "no answer"
        case "report":
            return line.text("status")
    return line.text("outcome")


def _details(line: LogLine) -> Iterator[str]:
    if line.event == "http":
        yield " ".join(
            word
            for word in (line.text("route"), line.text("status") if line.text("code") else "")
            if word
        )
    if line.event == "turn" and line.text("code"):
        yield line.text("outcome")
    if (first := line.number("first_delta_ms")) is not None:
        yield f"first words {seconds(first)}"
    given, taken = line.number("input_tokens"), line.number("output_tokens")
    if given is not None and taken is not None:
        yield f"{given:,} in, {taken:,} out"
    if (cost := line.number("cost_usd")) is not None:
        yield usd(cost)
    if words := [word for word in (line.text("backend"), line.text("model")) if word]:
        yield " ".join(dict.fromkeys(words))
    for model, code in fallbacks(line):
        yield f"instead of {model} ({code})"


def fallbacks(line: LogLine) -> Iterator[tuple[str, str]]:
    """The models that were asked before the one that answered, each with why it did not."""
    asked = line.fields.get("fallbacks")
    for one in asked if isinstance(asked, list) else []:
        if isinstance(one, list) and len(one) == 2:
            yield plain(str(one[0])), plain(str(one[1]))


def _id(line: LogLine) -> str:
    """What `make trace` finds it by."""
    return next(
        (f"{word} {value}" for word in ("reply", "request") if (value := line.text(f"{word}_id"))),
        "",
    )


def _summary(found: list[LogLine], options: argparse.Namespace) -> str:
    back = (
        f"{options.since // 3600} h" if options.since % 3600 == 0 else f"{options.since // 60} min"
    )
    about = f" with {options.code}" if options.code else ""
    if found:
        failed = sum(1 for line in found if line.text("code") or line.text("error"))
        what = (
            f", {failed:,} of them of something that failed or was refused"
            if failed and not options.code
            else ""
        )
        return f"{counted(len(found), 'line')}{about} in the last {back}{what}."
    why = (
        "nothing ended like that"
        if options.code
        else "nobody asked anything, and the model's switch was off"
    )
    return f"No line{about} in the last {back}: {why}. SINCE=3d looks further back."
