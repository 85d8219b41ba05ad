"""One reply's way, drawn as bars."""

import sys
import time
from argparse import Namespace

from scripts.console.arguments import Argument
from scripts.console.formats import Paint
from scripts.console.progress import Failure, say
from scripts.logs import arguments, trace
from scripts.logs.render import shown
from scripts.stack.connection import DeployedStack

ID = Argument("id", "of a reply or a request", arguments.log_id, "", positional=True)
ARGUMENTS = {"trace": (ID,)}


def run(options: Namespace, deployed: DeployedStack) -> None:
    """Prints the bars; a request that never became a reply as its line. Raises Failure when the log
    has neither."""
    found, paint = trace.find(deployed, options.id, time.time()), Paint(sys.stdout)
    if not found:
        days = trace.OLDEST // 86_400
        ids = f"make logs{deployed.target.words} shows the ids of the last hour"
        why = f"The log of the last {days} days has no {options.id}: {ids}"
        raise Failure(f"{why}; a reply is there once it has ended.")
    turns = [line for line in found if line.event == "turn"]
    if turns:
        # The same message sent again gets the same reply: the turn that wrote it counts.
        wrote = next((turn for turn in turns if turn.fields.get("asked") is True), turns[0])
        lines = list(trace.bars(wrote, paint))
    else:
        lines = [text for line in found for text in shown(line, paint)]
    print("\n".join(lines))
    if not turns:
        say("This request asked for no reply, or was refused before one began.")
