"""Writes the figures of docs/scale.md anew, from a simulated day."""

import argparse
import sys

from scripts.costs.page import filled
from scripts.costs.plan import Limits, planned
from scripts.progress import Failure
from scripts.scale.page import BLOCKS, PATH


def main() -> int:
    """0 when the page is up to date; with `--check` nothing is written, and 1 says that it was not."""
    parser = argparse.ArgumentParser(prog="python -m scripts.scale", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only say whether the figures are today's")
    arguments = parser.parse_args()
    try:
        plan = Limits.of(planned())
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    before = PATH.read_text()
    after = filled(before, plan, BLOCKS)
    if after == before:
        return 0
    if arguments.check:
        print(f"{PATH.name} is out of date: run python -m scripts.scale", file=sys.stderr)
        return 1
    PATH.write_text(after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
