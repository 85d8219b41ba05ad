"""What pytest says of a long run besides its dots: which tests are still at work when nothing has
been said for a while, and at the end what each suite has taken."""

import os
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TextIO

import pytest

# Seconds: a run that is silent for so long says what it is busy with, and again after twice as long
# each time, at least every RARELY; a shorter run than LONG of one suite ends without a table.
SILENCE, RARELY, LONG = 15, 60, 60
BUSY, SLOWEST = 3, 3
PHASES = {"setup": "call", "call": "teardown"}


@dataclass(slots=True)
class Running:
    """A test that has begun."""

    began: float
    phase: str = "setup"


@dataclass(slots=True)
class Suite:
    """The seconds of a suite's tests, each with its setup and teardown."""

    tests: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def slowest(self) -> list[tuple[str, float]]:
        return sorted(self.tests.items(), key=lambda pair: -pair[1])[:SLOWEST]


class Report:
    """Hears of every test, whichever process runs it."""

    def __init__(
        self, reporter: pytest.TerminalReporter, stream: TextIO, silence: float, long: float
    ):
        self._reporter = reporter
        self._stream = stream
        self._silence, self._long = silence, long
        self._patience = silence
        self._began = self._heard = time.monotonic()
        self._running: dict[str, Running] = {}
        self._suites: dict[str, Suite] = defaultdict(Suite)
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def pytest_sessionstart(self) -> None:
        self._watcher.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running[nodeid] = Running(time.monotonic())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._heard = time.monotonic()
        self._patience = self._silence
        name = name_of(report.nodeid)
        self._suites[suite_of(name)].tests[name] += report.duration
        running = self._running.get(report.nodeid)
        if running and report.when in PHASES:
            running.phase = PHASES[report.when]
        else:
            # It is over, or its process is.
            self._running.pop(report.nodeid, None)

    def pytest_keyboard_interrupt(self) -> None:
        if self._reporter._tw.width_of_current_line:
            self._reporter.write_line("")
        self._reporter.write_line("Ending what the tests have started …")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        self._ended.set()
        self._watcher.join()
        self._stream.close()

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        seed = getattr(config.option, "randomly_seed", None)
        if {"failed", "error"} & set(terminalreporter.stats) and isinstance(seed, int):
            terminalreporter.write_line(
                f"This order again: --randomly-seed={seed}, or SEED={seed}."
            )
        took = time.monotonic() - self._began
        if len(self._suites) > 1 or took >= self._long:
            self._write_table(terminalreporter, took)

    def _write_table(self, terminalreporter: pytest.TerminalReporter, took: float) -> None:
        terminalreporter.section("suites")
        terminalreporter.write_line(f"{'suite':<10} {'tests':>5} {'minutes':>8}  slowest")
        for name, suite in sorted(self._suites.items(), key=lambda pair: -_seconds(pair[1])):
            head = f"{name:<10} {len(suite.tests):>5} {_seconds(suite) / 60:>8.1f}"
            for test, seconds in suite.slowest():
                inside = test.removeprefix(f"tests/{name}/")
                terminalreporter.write_line(f"{head}  {seconds:>5.1f} s  {inside}")
                head = " " * len(head)
        tests = sum(len(suite.tests) for suite in self._suites.values())
        terminalreporter.write_line(f"{'by the clock':<10} {tests:>3} {took / 60:>8.1f}")

    def _watch(self) -> None:
        while not self._ended.wait(min(1, self._silence)):
            if time.monotonic() - self._heard >= self._patience and self._running:
                self._heard = time.monotonic()
                self._patience = min(2 * self._patience, RARELY)
                self._say_what_runs()

    def _say_what_runs(self) -> None:
        """Past the capture of output, which belongs to the test that runs in this process."""
        now = time.monotonic()
        longest = sorted(self._running.copy().items(), key=lambda pair: pair[1].began)[:BUSY]
        lines = [
            f"  … {now - one.began:.0f} s  {name_of(test)} ({one.phase})" for test, one in longest
        ]
        terminal = self._reporter._tw
        if terminal.width_of_current_line:
            lines.insert(0, "")
        print("\n".join(lines), file=self._stream, flush=True)
        # The dots go on in a line of their own.
        terminal._current_line = ""
        self._reporter.currentfspath = None


def name_of(nodeid: str) -> str:
    """Without the group that pytest-xdist has appended."""
    head, _, group = nodeid.rpartition("@")
    return head if head and "]" not in group and "::" not in group else nodeid


def suite_of(name: str) -> str:
    """Its folder below tests/."""
    path = name.partition("::")[0].split("/")
    return path[1] if len(path) > 2 else path[0]


def _seconds(suite: Suite) -> float:
    return sum(suite.tests.values())


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Only in the process that speaks to the person."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not hasattr(config, "workerinput"):
        stream = os.fdopen(os.dup(reporter._tw._file.fileno()), "w")
        config.pluginmanager.register(Report(reporter, stream, SILENCE, LONG))
