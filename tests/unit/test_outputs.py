"""A stack's outputs are read once for each state."""

import json

import pytest

from scripts.console.progress import Failure
from scripts.terraform.driver import OUTPUTS, TerraformStack
from scripts.workspace.target import StackTarget

ONE = {"stack": "chat", "region": "us-east-1"}
ANOTHER = ONE | {"region": "eu-west-1"}


@pytest.fixture
def stack(tmp_path, monkeypatch):
    """A stack whose state is in `tmp_path`; `says` is what Terraform prints of it, `asked` how
    often it was."""
    found = TerraformStack(StackTarget("chat", "aws", tmp_path))
    found.asked, found.says = 0, ONE

    def read(*_words: str) -> str:
        found.asked += 1
        if found.says is None:
            raise Failure("Terraform could not do “output”: it is broken")
        return json.dumps({name: {"value": value} for name, value in found.says.items()})

    monkeypatch.setattr(found, "_read", read)
    found.target.state.write_text("1")
    return found


def test_terraform_is_asked_once_for_each_state(stack):
    assert [stack.outputs(), stack.outputs()] == [ONE, ONE]
    assert stack.asked == 1
    stack.target.state.write_text("2")
    stack.says = ANOTHER
    assert [stack.outputs(), stack.outputs()] == [ANOTHER, ANOTHER]
    assert stack.asked == 2


@pytest.mark.parametrize("text", ["", "{", '{"state": "1"}'])
def test_what_was_kept_and_is_broken_is_read_anew(stack, text):
    stack.outputs()
    (stack.target.folder / OUTPUTS).write_text(text)
    assert stack.outputs() == ONE


def test_only_the_owner_may_read_what_is_kept(stack):
    stack.outputs()
    assert (stack.target.folder / OUTPUTS).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("says", [None, {}])
def test_no_outputs_are_not_kept(stack, says):
    stack.says = says
    assert stack.outputs() == {}
    stack.says = ONE
    assert stack.outputs() == ONE


def test_a_stack_that_is_gone_has_none(stack):
    stack.outputs()
    stack.forget()
    stack.says = {}
    assert stack.outputs() == {}
    assert list(stack.target.folder.iterdir()) == []
