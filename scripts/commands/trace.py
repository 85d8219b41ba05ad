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

ARGUMENTS = {
    "trace": (Argument("id", "of a reply or a request", arguments.log_id, "", positional=True),)
}


def run(options: Namespace, deployed: DeployedStack) -> None:
    """Prints the bars; a request that never became a reply as its line. Raises Failure when the log
    has neither."""
    found, paint = trace.find(deployed, options.id, time.time()), Paint(sys.stdout)
    if not found:
        again = f"make logs{deployed.target.words} shows the ids of the last hour"
        raise Failure(
            f"The log of the last {trace.OLDEST // 86_400} days has no {options.id}: {again}; "
            "a reply is there once it has ended."
        )
    turns = [line for line in found if line.event == "turn"]
    # The same message sent again gets the same reply: the turn that wrote it comes first.
    turn = min(turns, key=lambda line: line.fields.get("asked") is not True, default=None)
    drawn = (
        trace.bars(turn, paint) if turn else [text for one in found for text in shown(one, paint)]
    )
    for text in drawn:
        print(text)
    if not turn:
        say("This request asked for no reply, or was refused before one began.")
