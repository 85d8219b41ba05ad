"""One reply's way, drawn as bars.

python -m scripts trace 01KAQN3Z8V6R4T2C0X9M7B5H1D"""

import argparse
import sys
import time

from scripts.console.formats import Paint
from scripts.console.progress import Failure
from scripts.logs import arguments, trace
from scripts.logs.listing import shown
from scripts.stack.connection import DeployedStack


def add_to(command) -> None:
    """Declares the subcommand; `command` makes one."""
    command("trace", run, "draws where the time of one reply went").add_argument(
        "id", type=arguments.log_id
    )


def run(options: argparse.Namespace, deployed: DeployedStack) -> int:
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
        print("This request asked for no reply, or was refused before one began.", file=sys.stderr)
    return 0
