"""The local stack of a test run, and what it logged while a test failed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import kept_stack
from tests.support.local_stack import LocalStack

LINES = 150  # the last ones of each log: more than most tests cause
_stacks: list[LocalStack] = []
_sizes: dict[Path, int] = {}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A running local stack with the embedded model: the kept one, or one of this run's own."""
    with kept_stack.borrowed() as kept:
        local = kept or LocalStack.copied_to(tmp_path_factory.mktemp("forever-us"))
        _stacks.append(local)
        try:
            if not kept:
                local.up()
            yield local
        finally:
            _stacks.remove(local)
            if not kept:
                local.make("down")


def pytest_runtest_setup() -> None:
    """Remembers where the logs end before the test."""
    _sizes.update({log: log.stat().st_size for log in _logs()})


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Adds to a failure of a test of the stack what the emulator, the function in it and the model
    logged meanwhile."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and "stack" in item.fixturenames:
        report.sections += [
            (f"{log.name} of the stack during this test", text)
            for log in _logs()
            if (text := _since(log, _sizes.get(log, 0)))
        ]


def _logs() -> list[Path]:
    return [log for one in _stacks for log in sorted((one.folder / ".local/log").glob("*.log"))]


def _since(log: Path, size: int) -> str:
    """What was written since the log had that size. One that is smaller was begun anew."""
    written = log.read_bytes()
    text = written[size if size <= len(written) else 0 :].decode(errors="replace")
    return "\n".join(text.splitlines()[-LINES:])
