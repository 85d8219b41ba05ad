"""Measures what a reply costs on AWS: real turns on a local stack of its own, every billable
operation counted."""

import signal
import time
from argparse import Namespace

from scripts.bench import report
from scripts.bench.scenario import PACED, measure
from scripts.console.arguments import Argument, between, one_of
from scripts.console.progress import Failure, Stopped, say
from scripts.costs import measured

OPTIONS = (
    Argument("turns", "turns measured, 1 to 20 (default: 10)", between(1, 20), "10"),
    Argument(
        "model",
        "paced: as fast as Bedrock's; local: the embedded one (default: paced)",
        one_of(PACED, "local"),
        PACED,
    ),
    Argument("json", "print the counts as one JSON object", bool),
    Argument("save", f"keep the counts in {measured.PATH.name}, for docs/costs.md", bool),
)
ARGUMENTS = {"bench": OPTIONS, "bench-cost": OPTIONS}


def run(options: Namespace) -> int:
    """0 when a reply costs at most its target besides the model, else 1. Raises Failure."""
    if options.save and options.model != PACED:
        raise Failure("Only a run with the reference model is kept: leave MODEL or SAVE out.")
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    began = time.monotonic()
    try:
        found = measure(options.model, options.turns, say)
    except KeyboardInterrupt as error:
        raise Stopped("Stopped; nothing of it is left running.") from error
    say(f"Done after {time.monotonic() - began:.0f} s.")
    if options.save:
        measured.PATH.write_text(found.json())
        say("Saved: make docs writes its figures into the pages.")
    print(found.json().rstrip() if options.json else report.text(found))
    if options.json:
        say(report.verdict(found))
    return 0 if report.met(found) else 1
