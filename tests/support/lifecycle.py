"""One named stack from its deploy to its destroy, as its owner has it; several files look at what
was seen on the way.

Terraform takes most of the time, so it goes this way once in a test run. What goes wrong on it, and
what comes again and again, is in tests/drills."""

import json

import pytest

from handler.ids import new_id
from tests.support.budget_switch import BudgetSwitch
from tests.support.deployed_copy import inventory
from tests.support.leased_machine import INSTANCE, Leasing, leasing
from tests.support.seeded_guest import SeededGuest

NAME, EMAIL = "owned", "ana@example.com"
ANOTHER = "another-stack"


@pytest.fixture(scope="session")
def lifecycle(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What was seen, by step."""
    with leasing(tmp_path_factory.mktemp("owned"), NAME) as it:
        seen = it.stack.seen
        another_stack(it)
        seen["before"] = inventory(it.proxy.upstream)
        deployed(it)
        switch = BudgetSwitch(it.stack, it.model)
        seen["switch"] = switch.drilled()
        leased(it)
        updated(it)
        switch.fire()
        it.stack.run("destroy", "destroy", "YES=1")
        seen["after"] = inventory(it.proxy.upstream)
        seen["another"] = it.client("iam").list_attached_role_policies(RoleName=ANOTHER)
    return seen


def another_stack(it: Leasing) -> None:
    """What of a second stack of the account the kill switch could meet."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    statement = trust | {"Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    it.client("iam").create_role(RoleName=ANOTHER, AssumeRolePolicyDocument=document)


def deployed(it: Leasing) -> None:
    one = it.stack
    one.settings(alert_email=EMAIL)
    one.run("deploy", "deploy", "YES=1")
    one.link = one.seen["deploy"].stdout.splitlines()[-1]
    one.seen["bare"] = it.things()
    one.run("found", "verify-gone")


def leased(it: Leasing) -> None:
    it.switch("on", "on", INSTANCE, machine=it.comes_up)
    it.stack.seen["leased"] = it.leased()
    it.switch("off", "off")
    it.stack.seen["after off"] = it.things()
    it.stack.run("llm-off", "llm-off")


def updated(it: Leasing) -> None:
    """What a deploy of something else keeps."""
    one = it.stack
    guest = SeededGuest(one, "ana")
    conversation = guest.conversation("Before the update", ["Hello."])
    one.settings(alert_email=EMAIL, max_tokens=512)
    with one.socket() as tab:
        one.run("update", "deploy", "YES=1")
        one.seen["open tab"] = [frame for _, frame in one.ask(tab, new_id(), "Are you there?")]
    one.run("unchanged", "plan")
    page = one.call("GET", f"/conversations/{conversation}/messages", token=guest.token)
    one.seen["history"] = [item["text"] for item in page.json()["items"]]
