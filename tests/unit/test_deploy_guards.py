"""What a deploy refuses before it plans: a stack cannot move."""

from argparse import Namespace

import pytest

from scripts.commands import deploy
from scripts.console.progress import Failure
from scripts.workspace.settings import OwnerSettings
from scripts.workspace.target import StackTarget

POLICY = "arn:aws:iam::123456789012:policy/chat-deny-model"
THERE = {"region": "us-east-1", "deny_policy_arn": POLICY}


class Planned(Exception):
    """Terraform was asked for a plan: nothing was refused before."""


class StackWithOutputs:
    """Terraform's side of a stack that has these outputs."""

    def __init__(self, outputs: dict, target: StackTarget):
        self.outputs = lambda: outputs
        self.target = target

    def init(self) -> None:
        pass

    def plan(self, _variables: dict) -> None:
        raise Planned

    def drop_plan(self) -> None:
        pass


@pytest.fixture
def target(tmp_path) -> StackTarget:
    return StackTarget("chat", "aws", tmp_path)


@pytest.fixture
def plan(target, monkeypatch):
    """Runs `make plan` over a stack with these outputs, signed in to that account."""
    monkeypatch.setattr(deploy.package, "build", lambda: None)

    def run(outputs: dict, account: str = "123456789012", **variables: str) -> None:
        stack = StackWithOutputs(outputs, target)
        monkeypatch.setattr(deploy, "TerraformStack", lambda *_, **__: stack)
        monkeypatch.setattr(deploy, "account", lambda *_: account)
        deploy.plan(Namespace(), OwnerSettings("chat", variables), target)

    return run


def test_a_stack_that_is_not_there_yet_may_be_anywhere(plan):
    with pytest.raises(Planned):
        plan({}, region="sa-east-1")


def test_a_stack_stays_in_its_region_and_account(plan):
    with pytest.raises(Planned):
        plan(THERE)


def test_another_region_is_refused(plan):
    moved = r"chat is in us-east-1, and settings\.toml says sa-east-1: a stack cannot move"
    with pytest.raises(Failure, match=moved):
        plan({"region": "us-east-1"}, region="sa-east-1")


def test_another_account_is_refused(plan):
    moved = "chat is in the account 123456789012, and your credentials are for 210987654321"
    with pytest.raises(Failure, match=moved):
        plan(THERE, account="210987654321")


def test_a_failing_check_of_the_doctor_ends_the_deploy(target, monkeypatch):
    said = []

    def examine(settings: OwnerSettings, env: str, **_) -> bool:
        said.append((settings.stack, env))
        return False

    monkeypatch.setattr(deploy, "examine", examine)
    with pytest.raises(Failure, match="A check failed, so nothing was done"):
        deploy.deploy(Namespace(doctor=""), OwnerSettings("chat"), target)
    assert said == [("chat", "aws")]
