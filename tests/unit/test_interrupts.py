"""Ctrl-C while a tool runs that has started a helper of its own, as Terraform has its provider."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_stack import ROOT
from tests.support.waiting import until

# It waits for its helper whatever it is told, and then takes a while to write down what it did.
TOOL = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGINT, lambda *_: print("told", flush=True))
helper = subprocess.Popen(["sleep", "600"])
print("begun", flush=True)
helper.wait()
print("alone", flush=True)
time.sleep(1)
pathlib.Path(sys.argv[1]).write_text("all of it")
"""
RUN = """
import sys
from pathlib import Path
from scripts.workspace import subprocesses
subprocesses.run(
    [sys.executable, "-c", *sys.argv[1:3]], log=Path(sys.argv[3]), line=print, gently=lambda: None
)
"""


@pytest.fixture
def written(tmp_path) -> Path:
    return tmp_path / "written"


@pytest.fixture
def run(written, tmp_path) -> Iterator[subprocess.Popen[str]]:
    """Our process, whose tool has been told twice to stop and whose helper has ended."""
    words = [sys.executable, "-u", "-c", RUN, TOOL, written, tmp_path / "log"]
    with subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in ("begun", "told", "alone"):
            until(lambda line=line: process.stdout.readline().strip() == line, f"it says {line}")
            assert not written.exists()
            if line != "alone":
                process.send_signal(signal.SIGINT)
        yield process


def test_a_second_ctrl_c_ends_the_helper_and_the_tool_writes_down_what_it_did(run, written):
    _, error = run.communicate(timeout=20)
    assert "KeyboardInterrupt" in error
    assert written.read_text() == "all of it"


def test_a_third_ctrl_c_ends_the_tool_too(run, written):
    run.send_signal(signal.SIGINT)
    _, error = run.communicate(timeout=20)
    assert "KeyboardInterrupt" in error
    assert not written.exists()
