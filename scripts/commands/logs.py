"""The log for a person: a line for each thing that happened, and beneath it why it went wrong."""

import sys
import time
from argparse import Namespace

from scripts.console.arguments import Argument
from scripts.console.formats import Paint, counted
from scripts.console.progress import say
from scripts.logs import arguments, events
from scripts.logs.lines import PATTERN, LogLine, parsed
from scripts.logs.render import shown
from scripts.stack.connection import DeployedStack

SINCE = Argument("since", "how far back: 30m, 2h, 3d (default: 1h)", arguments.span, "1h")
CODE = Argument("code", "only what was refused or failed with this code", arguments.code)
ARGUMENTS = {"logs": (SINCE, CODE)}
# Lambda's status of an invocation that went well; it says nothing that the function's own line does
# not.
WELL = ("success", None)


def run(options: Namespace, deployed: DeployedStack) -> None:
    """Prints the lines, oldest first; on stderr how many there were."""
    now, paint = time.time(), Paint(sys.stdout)
    pattern = f'{{ $.code = "{options.code}" }}' if options.code else PATTERN
    read = events.read(deployed, since=now - options.since, until=now, pattern=pattern)
    found = [line for line in parsed(read) if _is_wanted(line, options.code)]
    for line in found:
        for text in shown(line, paint):
            print(text)
    say(_summary(found, options))


def _is_wanted(line: LogLine, code: str | None) -> bool:
    if code:
        return line.text("code") == code
    return line.event != "report" or line.fields.get("status") not in WELL


def _summary(found: list[LogLine], options: Namespace) -> str:
    hours, rest = divmod(options.since, 3600)
    back = f"{options.since // 60} min" if rest else f"{hours} h"
    about = f" with {options.code}" if options.code else ""
    if not found:
        quiet = "nobody asked anything, and the model's switch was off"
        why = "nothing ended like that" if options.code else quiet
        return f"No line{about} in the last {back}: {why}. SINCE=3d looks further back."
    failed = sum(1 for line in found if line.text("code") or line.text("error"))
    more = f", {failed:,} of them of something that failed or was refused"
    more = more if failed and not options.code else ""
    return f"{counted(len(found), 'line')}{about} in the last {back}{more}."
