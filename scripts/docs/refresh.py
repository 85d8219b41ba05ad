"""Fills pages with today's figures, or says that they are out of date."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from scripts.console.progress import Failure
from scripts.costs.plan import PlannedLimits, planned
from scripts.docs.page import Blocks, filled


def run(pages: Mapping[Path, Blocks], command: str, purpose: str) -> int:
    """0 when the pages are up to date; with `--check` nothing is written, and 1 says that one was
    not."""
    parser = argparse.ArgumentParser(prog=command, description=purpose)
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing, only say whether the figures are today's",
    )
    arguments = parser.parse_args()
    try:
        limits = PlannedLimits.of(planned())
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    outdated = {}
    for path, blocks in pages.items():
        before = path.read_text()
        after = filled(before, limits, blocks)
        if after != before:
            outdated[path] = after
    for path, text in outdated.items():
        if arguments.check:
            print(f"{path.name} is out of date: run {command}", file=sys.stderr)
        else:
            path.write_text(text)
    return int(arguments.check and bool(outdated))
