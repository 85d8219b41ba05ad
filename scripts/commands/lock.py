"""Writes the lock files: every package that the lists bring, pinned, with the hash of each file
that may be installed.

python3 -m scripts.commands.lock [--upgrade]

A lock holds for Python 3.11 and newer on Linux and macOS alike. It asks the public index alone,
whatever pip is set to, so that a lock never names a file that only one person's machine can see."""

import argparse
import os
import sys

from scripts.console.progress import Failure
from scripts.workspace import install, subprocesses

OLDEST_PYTHON = "3.11"
RESOLVE = [
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--python-version",
    OLDEST_PYTHON,
    "--generate-hashes",
]
# A package that comes only as a source would run its own code to be built: only the one that is
# known may.
WHEELS = ["--only-binary", ":all:", "--no-binary", "python-terraform"]
# In this order: what the tests run against is what `make up` runs.
LISTS = {
    "requirements-build": [],
    "requirements": [],
    "requirements-dev": ["--constraint", "requirements.lock"],
    "requirements-model": ["--no-deps"],
    "requirements-tools": [],
    "requirements-worker": ["--constraint", "requirements.lock"],
}


def write(*, upgrade: bool) -> None:
    """Writes every lock; versions stay as they are where the lists allow it, unless `upgrade`.
    Raises Failure."""
    subprocesses.log_path("lock").unlink(missing_ok=True)
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))
    }
    env["UV_CUSTOM_COMPILE_COMMAND"] = "make lock"
    for name, options in LISTS.items():
        newer = ["--upgrade"] if upgrade else []
        words = [
            *RESOLVE,
            *WHEELS,
            *options,
            *newer,
            f"{name}.txt",
            "--output-file",
            f"{name}.lock",
        ]
        if subprocesses.run(
            [install.TOOLS / "bin" / "uv", "--no-config", *words], log="lock", env=env
        ):
            raise Failure(
                f"{name}.lock could not be written; the reason is in {subprocesses.log_path('lock')}."
            )


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--upgrade", action="store_true", help="take the newest versions that the lists allow"
    )
    try:
        write(upgrade=parser.parse_args().upgrade)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    print(*(f"{name}.lock" for name in LISTS), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
