"""A local stack that stays up between test runs, so that one test of it is answered in seconds:
`make test-up` makes it in build/test-stack, `make test-down` removes it. A test run that finds it
there uses it, and brings it up to date first.

python -m tests.support.kept_stack up|down"""

import fcntl
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.local_stack import (
    ROOT,
    LocalStack,
    answers,
    copy_of_the_project,
    without_aws,
)
from tests.support.ports import free_port

FOLDER = ROOT / "build/test-stack"
LOCK = ROOT / "build/test-stack.lock"
LINK = FOLDER / "link"
# Written while a run has the stack: one that was broken off may have left it in any state.
IN_USE = FOLDER / ".local/in-use"
# What else is in the project does not change a running stack.
RUNS = ("handler", "requirements", "scripts", "site", "terraform")


@contextmanager
def borrowed() -> Iterator[LocalStack | None]:
    """The kept stack as the project is now; None when there is none, or another run has it."""
    with _alone() as alone:
        if not alone or not LINK.exists():
            yield None
            return
        stack = _kept()
        if _is_to_be_brought_up():
            _up(stack)
        stack.link = LINK.read_text()
        IN_USE.touch()
        yield stack
        IN_USE.unlink()


def keep() -> None:
    """Makes it, or brings it up to date."""
    with _alone() as alone:
        if not alone:
            sys.exit("A test run is using the kept stack: wait until it has ended.")
        copy_of_the_project(FOLDER)
        _up(_kept(), quiet=False)
        IN_USE.unlink(missing_ok=True)
    print("pytest uses this stack from now on, until make test-down.")


def remove() -> None:
    """Ends and removes it; once more changes nothing."""
    with _alone() as alone:
        if not alone:
            sys.exit("A test run is using the kept stack: wait until it has ended.")
        if FOLDER.exists():
            _kept().make("down")
            shutil.rmtree(FOLDER)
    print("No stack is kept for the tests.")


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other process has the kept stack; nobody gets it meanwhile."""
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _is_to_be_brought_up() -> bool:
    changed = any(name.startswith(RUNS) for name in copy_of_the_project(FOLDER))
    return changed or IN_USE.exists() or not all(map(answers, _ports().values()))


def _up(stack: LocalStack, *, quiet: bool = True) -> None:
    stack.up(quiet=quiet)
    LINK.write_text(stack.link)


def _kept() -> LocalStack:
    ports = _ports()
    env = without_aws(PORT=str(ports["emulator"]), MODEL_PORT=str(ports["model"]))
    return LocalStack(FOLDER, env)


def _ports() -> dict[str, int]:
    """Those that it has, or new ones."""
    try:
        return json.loads((FOLDER / ".local/settings.json").read_text())
    except FileNotFoundError:
        return {"emulator": free_port(), "model": free_port()}


if __name__ == "__main__":
    {"up": keep, "down": remove}[sys.argv[1]]()
