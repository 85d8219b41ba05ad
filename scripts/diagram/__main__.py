"""Draws docs/images/architecture.svg anew, from Terraform's plan."""

import argparse
import sys

from scripts.console.progress import Failure
from scripts.costs.plan import planned
from scripts.diagram.drawing import drawn
from scripts.diagram.services import services
from scripts.workspace import paths

PATH = paths.ROOT / "docs/images/architecture.svg"


def main() -> int:
    """0 when the picture is up to date; with `--check` nothing is written, and 1 says that it was not."""
    parser = argparse.ArgumentParser(prog="python -m scripts.diagram", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only say whether the picture is today's")
    arguments = parser.parse_args()
    try:
        picture = drawn(services(planned()))
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    if not arguments.check:
        PATH.write_text(picture)
        return 0
    is_today = PATH.exists() and PATH.read_text() == picture
    if not is_today:
        print("docs/images/architecture.svg is out of date: run python -m scripts.diagram", file=sys.stderr)
    return int(not is_today)


if __name__ == "__main__":
    sys.exit(main())
