"""Pins every Python package with its hashes."""

from argparse import Namespace

from scripts.console.arguments import Argument
from scripts.workspace import locks

UPGRADE = Argument("upgrade", "take the newest versions that pyproject.toml allows", bool)
ARGUMENTS = {"lock": (UPGRADE,)}


def run(options: Namespace) -> None:
    locks.write(upgrade=options.upgrade)
    print(locks.LOCK, *locks.EXPORTS, sep="\n")
