"""A Terraform that is killed while it writes its state has emptied the file."""

import json
import subprocess
import sys

import pytest

from scripts.terraform.driver import TerraformStack
from scripts.workspace import subprocesses
from scripts.workspace.target import StackTarget

BEFORE = json.dumps({"version": 4, "serial": 7})
NOW = json.dumps({"version": 4, "serial": 8})
ANOTHER_RUN = """
import fcntl, sys
with open(sys.argv[1], "r+") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def terraform(tmp_path, monkeypatch, said) -> TerraformStack:
    """A stack whose run was killed, and that had a state before it."""
    monkeypatch.setattr(subprocesses, "run", lambda *_words, **_more: 0)
    found = TerraformStack(StackTarget("chat", "aws", tmp_path), say=said.append)
    found.target.state.write_text("")
    (tmp_path / "terraform.tfstate.backup").write_text(BEFORE)
    return found


@pytest.mark.parametrize("left", ["", NOW[:9]])
def test_the_next_run_goes_by_what_was_known_before(terraform, said, left):
    terraform.target.state.write_text(left)
    terraform.resources()
    assert terraform.target.state.read_text() == BEFORE
    assert "make verify-gone" in said[0]


def test_a_command_that_only_reads_says_so_too(terraform, capsys):
    assert TerraformStack(terraform.target).outputs() == {}
    assert "make verify-gone" in capsys.readouterr().err


def test_a_whole_state_stays(terraform, said):
    terraform.target.state.write_text(NOW)
    terraform.resources()
    assert terraform.target.state.read_text() == NOW
    assert said == []


def test_without_a_backup_nothing_is_put_there(terraform, said):
    terraform.target.state.with_name("terraform.tfstate.backup").unlink()
    terraform.resources()
    assert terraform.target.state.read_text() == ""
    assert said == []


def test_a_state_that_another_run_is_writing_is_left_to_it(terraform, said):
    words = [sys.executable, "-c", ANOTHER_RUN, terraform.target.state]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as another:
        assert another.stdout.readline()
        terraform.resources()
        another.stdin.close()
    assert terraform.target.state.read_text() == ""
    assert said == []
