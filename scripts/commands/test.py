"""Runs the suites."""

import os
from argparse import Namespace
from typing import NoReturn

from scripts.workspace import paths


def test(_options: Namespace) -> NoReturn:
    """Every suite, and at the end how much of handler/ they cover."""
    _pytest("--cov=handler")


def test_unit(_options: Namespace) -> NoReturn:
    """The unit tests."""
    _pytest("tests/unit")


def _pytest(*words: str) -> NoReturn:
    """In the place of this process: what a suite has started ends with a Ctrl-C of its own."""
    os.chdir(paths.ROOT)
    os.execv(paths.PYTHON, [str(paths.PYTHON), "-m", "pytest", *words])
