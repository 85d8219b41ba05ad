"""What a run of the tests says of itself, and how it ends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import report
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
CONFTEST = """
from tests.support import report

pytest_plugins = ["tests.support.interrupts", "tests.support.report"]
report.SILENCE = 0.2
"""
# It ends when somebody has read what the run says of it.
WAITS = """
import time
from pathlib import Path

import pytest

@pytest.mark.xdist_group("one")
def test_it_waits():
    limit = time.monotonic() + 120
    while not Path("go").exists():
        assert time.monotonic() < limit
        time.sleep(0.02)
"""
# What it has started takes its time to end.
STARTS = """
import os
import time
from pathlib import Path

import pytest

def wait_for(name):
    limit = time.monotonic() + 120
    while not Path(name).exists():
        assert time.monotonic() < limit
        time.sleep(0.02)

@pytest.fixture(scope="session")
def process():
    yield
    Path("ending").touch()
    wait_for("go")
    Path("ended").touch()

def test_it_runs(process):
    Path("pid").write_text(str(os.getpid()))
    Path("pid").rename("running")
    wait_for("never")
"""
PASS = "".join(f"def test_{number}(): pass\n" for number in range(5))


@pytest.fixture
def project(tmp_path):
    """Writes a project with suites of its own, and starts its run."""

    def start(suites: dict[str, str], *words: str) -> subprocess.Popen[str]:
        (tmp_path / "conftest.py").write_text(CONFTEST)
        for name, text in suites.items():
            (tmp_path / f"tests_/{name}").mkdir(parents=True)
            (tmp_path / f"tests_/{name}/test_{name}.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        return subprocess.Popen(
            command,
            cwd=tmp_path,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    return start


def said(run: subprocess.Popen[str]) -> Iterator[str]:
    """A run's lines, to its end."""
    with run:
        for line in run.stdout:
            yield line.rstrip()


@pytest.mark.parametrize("workers", [0, 1])
def test_a_silent_run_says_what_it_is_busy_with_and_ends_with_a_table(project, tmp_path, workers):
    told, lines = False, []
    suites = {"slow": WAITS, "quick": PASS}
    words = ("-p", "xdist", "-n", str(workers), "--dist=loadgroup")
    for line in said(project(suites, *words)):
        lines.append(line)
        if re.search(
            r"^  … \d+ s  tests_/slow/test_slow.py::test_it_waits \((setup|call)\)$", line
        ):
            told = True
            (tmp_path / "go").touch()
    assert told
    assert "6 passed" in lines[-1]
    table = lines[next(i for i, line in enumerate(lines) if "= suites =" in line) :]
    assert [line.split()[0] for line in table[1:4]] == ["suite", "slow", "quick"]
    assert [line.split()[1] for line in table[1:4]] == ["tests", "1", "5"]
    assert all("test_quick.py::test_" in line for line in table[3:6])
    assert table[6].split()[:4] == ["by", "the", "clock", "6"]
    assert table[2].endswith(" s  tests_/slow/test_slow.py::test_it_waits")


def test_a_short_run_of_one_suite_has_no_table_and_a_failure_tells_how_to_repeat_the_order(project):
    words = ("-p", "pytest_randomly")
    lines = list(said(project({"quick": "def test_it_fails(): assert False\n"}, *words)))
    assert not any("= suites =" in line or "…" in line for line in lines)
    seed = re.search(r"Using --randomly-seed=(\d+)", "\n".join(lines))
    assert seed
    assert f"This order again: --randomly-seed={seed[1]}, or SEED={seed[1]}." in lines
    assert "1 failed" in lines[-1]


@pytest.mark.parametrize(("workers", "send"), [(0, os.kill), (1, os.killpg)])
def test_a_run_that_is_stopped_ends_what_its_fixtures_have_started(
    project, tmp_path, workers, send
):
    run = project({"slow": STARTS}, "-p", "xdist", "-n", str(workers))
    try:
        until((tmp_path / "running").exists, "the test runs")
        send(run.pid, signal.SIGINT if send == os.killpg else signal.SIGTERM)
        until((tmp_path / "ending").exists, "the fixture ends")
        if workers:
            # So does execnet, to which a run that is stopped looks as if it hung.
            os.kill(int((tmp_path / "running").read_text()), signal.SIGINT)
        (tmp_path / "go").touch()
        assert "Ending what the tests have started …" in list(said(run))
        assert (tmp_path / "ended").exists()
        assert run.returncode == pytest.ExitCode.INTERRUPTED
    finally:
        run.kill()


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        ("tests/unit/test_runs.py::test_b@stack", "tests/unit/test_runs.py::test_b"),
        ("tests/unit/test_runs.py::test_b[a@b]@stack", "tests/unit/test_runs.py::test_b[a@b]"),
        ("tests/unit/test_runs.py::test_b[a@b]", "tests/unit/test_runs.py::test_b[a@b]"),
        ("tests/unit/test_runs.py::test_b", "tests/unit/test_runs.py::test_b"),
    ],
)
def test_a_tests_name_is_told_without_its_group(nodeid, name):
    assert report.name_of(nodeid) == name
    assert report.suite_of(name) == "unit"
