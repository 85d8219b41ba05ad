"""Builds the function's zip, the page, and a worker's files into build/."""

from argparse import Namespace

from scripts.console.progress import say
from scripts.workspace import package


def run(_options: Namespace) -> None:
    package.build(say)
