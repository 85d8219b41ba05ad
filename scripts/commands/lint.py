"""Checks the form and the types of Python, Terraform, shell and the page's code."""

import subprocess
from argparse import Namespace

from scripts.console.progress import Failure
from scripts.terraform import cli
from scripts.workspace import paths

WORKER = paths.TERRAFORM / "modules/worker/lease/files"


def run(_options: Namespace) -> None:
    """Every step, whether or not one before it failed. Raises Failure that names those that did."""
    failed = [" ".join(words) for words in steps() if not _passes(words)]
    if failed:
        raise Failure(f"Not clean: {', '.join(failed)}.")


def steps() -> list[list[str]]:
    """The commands, each with its program in `.venv` or on the PATH."""
    shell = [str(path.relative_to(paths.ROOT)) for path in sorted(WORKER.glob("*.sh"))]
    return [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy", "--strict", "handler"],
        ["mypy", "scripts"],
        ["shellcheck", "--external-sources", "--source-path=SCRIPTDIR", *shell],
        [cli.binary(), "fmt", "-check", "-recursive", "terraform"],
        ["npm", "run", "--silent", "lint"],
    ]


def _passes(words: list[str]) -> bool:
    installed = paths.VENV / "bin" / words[0]
    program = str(installed) if installed.exists() else words[0]
    print("lint:", *words, flush=True)
    try:
        run = subprocess.run([program, *words[1:]], cwd=paths.ROOT, env=cli.environment())
    except FileNotFoundError as error:
        raise Failure(f"{words[0]} is missing: install it, then run make lint again.") from error
    return run.returncode == 0
