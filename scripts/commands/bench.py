"""Measures what a reply costs on AWS: real turns on a local stack of its own, every billable
operation counted.

make bench-cost [TURNS=10 MODEL=local JSON=1 SAVE=1]"""

import argparse
import signal
import sys
import time
from contextlib import nullcontext

from scripts.bench import report, scenario
from scripts.bench.paced_model import paced_model
from scripts.bench.scratch import scratch_stack
from scripts.bench.session import session
from scripts.console.progress import Failure
from scripts.costs import measured
from scripts.costs.measured import Run

TURNS = 10


def main() -> int:
    """0 when a reply costs at most its target besides the model, 1 when it costs more or could not
    be measured."""
    options = _parse()
    if options.save and options.model != "paced":
        print(
            "Only a run with the reference model is kept: leave MODEL or SAVE out.", file=sys.stderr
        )
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    try:
        run = _run(options)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing of it is left running.", file=sys.stderr)
        return 130
    _say(f"Done after {time.monotonic() - began:.0f} s.")
    if options.save:
        measured.PATH.write_text(run.json())
        _say("Saved: python -m scripts.commands.docs writes its figures into the pages.")
    print(run.json().rstrip() if options.json else report.text(run))
    if options.json:
        _say(report.verdict(run))
    return 0 if report.met(run) else 1


def _run(options: argparse.Namespace) -> Run:
    is_paced = options.model == "paced"
    _say("Bringing up a stack of its own …")
    with (
        paced_model(**scenario.paced()) if is_paced else nullcontext() as model,
        scratch_stack(model.url if model else None, _say) as stack,
        session(stack) as metered,
    ):
        found = scenario.run(metered, model, options.turns, _say)
        site = sum(
            path.stat().st_size
            for path in (stack.folder / "build/site").rglob("*")
            if path.is_file()
        )
    return Run(
        date=time.strftime("%Y-%m-%d"),
        command="make bench-cost" + ("" if is_paced else f" MODEL={options.model}"),
        memory_mb=metered.memory_mb,
        turns=found.turns,
        input_tokens=found.input_tokens,
        output_tokens=found.output_tokens,
        prompt_bytes=found.prompt_bytes,
        tokens_a_second=scenario.TOKENS_A_SECOND if is_paced else None,
        site_bytes=site,
        parts=found.parts,
        units=found.units,
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.commands.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    how_many = "turns measured (default: %(default)s)"
    parser.add_argument(
        "--turns", type=int, default=TURNS, choices=range(1, 21), metavar="1…20", help=how_many
    )
    which = "paced: as fast as Bedrock's; local: the embedded one (default: %(default)s)"
    parser.add_argument("--model", choices=("paced", "local"), default="paced", help=which)
    parser.add_argument("--json", action="store_true", help="print the counts as one JSON object")
    parser.add_argument(
        "--save",
        action="store_true",
        help=f"keep the counts in {measured.PATH.name}, for docs/costs.md",
    )
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
