"""Writes the figures of docs/costs.md and of both READMEs anew, from Terraform's plan, the last `make bench-cost` and the price table."""

import argparse
import sys

from scripts.costs import page
from scripts.costs.plan import Limits, planned
from scripts.progress import Failure


def main() -> int:
    """0 when the pages are up to date; with `--check` nothing is written, and 1 says that it was not."""
    parser = argparse.ArgumentParser(prog="python -m scripts.costs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only say whether the figures are today's")
    arguments = parser.parse_args()
    try:
        limits = Limits.of(planned())
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    outdated = {}
    for path, blocks in page.PAGES.items():
        before = path.read_text()
        after = page.filled(before, limits, blocks)
        if after != before:
            outdated[path] = after
    for path, text in outdated.items():
        if arguments.check:
            print(f"{path.name} is out of date: run python -m scripts.costs", file=sys.stderr)
        else:
            path.write_text(text)
    return int(arguments.check and bool(outdated))


if __name__ == "__main__":
    sys.exit(main())
