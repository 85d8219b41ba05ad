"""Runs the suites."""

import os
from argparse import Namespace
from typing import NoReturn

from scripts.console.arguments import Argument, between
from scripts.workspace import paths

# Ordered by what a failure says: rules first, the page on the whole stack last.
SUITES = tuple(
    f"tests/{name}" for name in ("unit", "contract", "doctor", "infra", "e2e", "browser")
)
UNIT, DRILLS = "tests/unit", "tests/drills"
CHOSEN = (
    Argument("k", "only the tests that this expression of pytest -k matches"),
    Argument("seed", "repeats the order of an earlier run", between(0, 2**32 - 1)),
    Argument("workers", "how many tests run at once (default: by the cores)", between(0, 64)),
)
# It doubles the time of the tests that run the handler.
COVERAGE = Argument("coverage", "ends with what the tests reach of handler/", bool)
ARGUMENTS = {"test": (*CHOSEN, COVERAGE), "test-unit": CHOSEN, "drills": CHOSEN}
KEPT_STACK = "tests.support.kept_stack"


def test(options: Namespace) -> NoReturn:
    """Every suite but the drills."""
    _pytest(options, _workers(), *SUITES, *(["--cov=handler"] if options.coverage else []))


def test_unit(options: Namespace) -> NoReturn:
    """The unit tests."""
    _pytest(options, _cores(), UNIT)


def drills(options: Namespace) -> NoReturn:
    """The tests that take long, because they wait."""
    _pytest(options, 2, DRILLS)


def test_up(_options: Namespace) -> NoReturn:
    """Keeps a stack for the tests, which then start on it at once."""
    _module(KEPT_STACK, "up")


def test_down(_options: Namespace) -> NoReturn:
    """Ends it."""
    _module(KEPT_STACK, "down")


def _pytest(options: Namespace, workers: int, *words: str) -> NoReturn:
    if options.k:
        workers = 0  # a few tests are done before other workers have begun
        words = (*words, "-k", options.k)
    if options.seed is not None:
        words = (*words, f"--randomly-seed={options.seed}")
    if options.workers is not None:
        workers = options.workers
    _module("pytest", "-n", str(workers), "--dist", "loadgroup", *words)


def _module(name: str, *words: str) -> NoReturn:
    """In the place of this process: what a suite has started ends with a Ctrl-C of its own."""
    # Hundreds of processes would compile the same modules.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.chdir(paths.ROOT)
    os.execv(paths.PYTHON, [str(paths.PYTHON), "-m", name, *words])


def _workers() -> int:
    """Two a core, because a test mostly waits for the processes that it has started."""
    return min(max(2 * _cores(), 2), 8)


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
