"""Checks, before a deploy, what of this machine and this account would make it fail. Changes
nothing.

python -m scripts.commands.doctor --env aws --stack family"""

import argparse
import sys

from scripts.console.progress import Failure
from scripts.doctor.run import examine
from scripts.workspace import settings
from scripts.workspace.target import LOCAL_STACK


def main(arguments: list[str] | None = None) -> int:
    """One line a check on stdout; the exit code is 1 when one failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--env",
        choices=("local", "aws"),
        default="aws",
        help="AWS or the emulator (default: %(default)s)",
    )
    parser.add_argument("--stack", help="which stack (default: the one that settings.toml names)")
    parser.add_argument(
        "--no-model",
        action="store_true",
        help="do not ask the model for one token, which costs some 0.000001 USD",
    )
    options = parser.parse_args(arguments)
    stack = options.stack or (LOCAL_STACK if options.env == "local" else None)
    try:
        good = examine(
            settings.load(stack),
            options.env,
            ask_model=not options.no_model,
            say=lambda line: print(line, flush=True),
        )
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
