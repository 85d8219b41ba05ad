"""Writes the figures of docs/costs.md anew, from Terraform's plan and the price table."""

import argparse
import sys

from scripts.costs import page
from scripts.costs.plan import Limits, planned
from scripts.progress import Failure


def main() -> int:
    """0 when the page is up to date; with `--check` nothing is written, and 1 says that it was not."""
    parser = argparse.ArgumentParser(prog="python -m scripts.costs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only say whether the figures are today's")
    arguments = parser.parse_args()
    try:
        limits = Limits.of(planned())
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    before = page.PATH.read_text()
    after = page.filled(before, limits)
    if arguments.check:
        if after != before:
            print("docs/costs.md is out of date: run python -m scripts.costs", file=sys.stderr)
        return int(after != before)
    page.PATH.write_text(after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
