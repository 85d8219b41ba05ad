"""A stack's outputs are read once for each state."""

import json

import pytest

from scripts.console.progress import Failure
from scripts.terraform.driver import OUTPUTS, TerraformStack
from scripts.workspace.target import StackTarget

ONE = {"stack": "chat", "region": "us-east-1"}
ANOTHER = ONE | {"region": "eu-west-1"}


@pytest.fixture
def terraform(tmp_path, monkeypatch):
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


def test_terraform_is_asked_once_for_each_state(terraform):
    assert [terraform.outputs(), terraform.outputs()] == [ONE, ONE]
    assert terraform.asked == 1
    terraform.target.state.write_text("2")
    terraform.says = ANOTHER
    assert [terraform.outputs(), terraform.outputs()] == [ANOTHER, ANOTHER]
    assert terraform.asked == 2


@pytest.mark.parametrize("text", ["", "{", '{"state": "1"}'])
def test_what_was_kept_and_is_broken_is_read_anew(terraform, text):
    terraform.outputs()
    (terraform.target.folder / OUTPUTS).write_text(text)
    assert terraform.outputs() == ONE


def test_only_the_owner_may_read_what_is_kept(terraform):
    terraform.outputs()
    assert (terraform.target.folder / OUTPUTS).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("says", [None, {}])
def test_no_outputs_are_not_kept(terraform, says):
    terraform.says = says
    assert terraform.outputs() == {}
    terraform.says = ONE
    assert terraform.outputs() == ONE


def test_a_stack_that_is_gone_has_none(terraform):
    terraform.outputs()
    terraform.forget()
    terraform.says = {}
    assert terraform.outputs() == {}
    assert list(terraform.target.folder.iterdir()) == []
