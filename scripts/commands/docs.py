"""Writes today's figures into docs/costs.md, docs/scale.md and both READMEs.

python -m scripts docs [--check]        with --check nothing is written, only said"""

import argparse
import sys

from scripts.console.progress import Failure
from scripts.docs.pages import refresh


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing, only say what is old")
    try:
        return refresh(check=parser.parse_args(arguments).check)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
