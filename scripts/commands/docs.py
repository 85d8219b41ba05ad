"""Writes today's figures into docs/costs.md, docs/scale.md and both READMEs."""

from argparse import Namespace

from scripts.console.arguments import Argument
from scripts.docs.pages import refresh

CHECK = "write nothing, only say whether the figures are today's"
ARGUMENTS = {"docs": (Argument("check", CHECK, bool),)}


def run(options: Namespace) -> int:
    """1 when a page is out of date and `check` forbids to write it. Raises Failure."""
    return refresh(check=options.check)
