"""What a deploy refuses before it plans: a stack cannot move."""

import pytest

from scripts.commands import deploy
from scripts.console.progress import Failure
from scripts.workspace.settings import OwnerSettings
from scripts.workspace.target import StackTarget

POLICY = "arn:aws:iam::123456789012:policy/chat-deny-model"


@pytest.fixture
def target(tmp_path, monkeypatch):
    monkeypatch.setattr(deploy, "account", lambda *_: "123456789012")
    return StackTarget("chat", "aws", tmp_path)


def test_a_stack_that_is_not_there_yet_may_be_anywhere(target):
    deploy._check_place({}, OwnerSettings("chat", {"region": "sa-east-1"}), target)


def test_a_stack_stays_in_its_region_and_account(target):
    deploy._check_place(
        {"region": "us-east-1", "deny_policy_arn": POLICY}, OwnerSettings("chat"), target
    )


def test_another_region_is_refused(target):
    with pytest.raises(
        Failure,
        match=r"chat is in us-east-1, and settings\.toml says sa-east-1: a stack cannot move",
    ):
        deploy._check_place(
            {"region": "us-east-1"}, OwnerSettings("chat", {"region": "sa-east-1"}), target
        )


def test_another_account_is_refused(target, monkeypatch):
    monkeypatch.setattr(deploy, "account", lambda *_: "210987654321")
    with pytest.raises(
        Failure,
        match="chat is in the account 123456789012, and your credentials are for 210987654321",
    ):
        deploy._check_place(
            {"region": "us-east-1", "deny_policy_arn": POLICY}, OwnerSettings("chat"), target
        )


def test_a_failing_check_of_the_doctor_ends_the_deploy(target, monkeypatch):
    steps = deploy.Steps(7)
    said = []
    monkeypatch.setattr(
        deploy, "examine", lambda settings, env, say: said.append((settings.stack, env)) or False
    )
    with pytest.raises(Failure, match="A check failed, so nothing was done"):
        deploy._examine(OwnerSettings("chat"), target, steps)
    assert said == [("chat", "aws")]
