"""Leases one after the other: a machine is refused, taken back, ends by itself, is there while the
stack is updated or destroyed; nothing is left running. tests/e2e/test_lease.py has one that goes
well.

Alarms and one-shots with EC2's actions are not carried out by the emulator: their targets are held
to what the machine's own end takes."""

import json
import re

import pytest

from tests.support.deployed_copy import tail
from tests.support.faulty_proxy import WireFault
from tests.support.leased_machine import INSTANCE, NAME, Leasing, leasing

# One of EC2's refusals; all are in tests/unit/test_causes.py.
REFUSED = {"VcpuLimitExceeded": "Service Quotas"}


def ec2_error(code: str) -> tuple[int, str, str]:
    """As EC2 answers."""
    return (
        400,
        "text/xml",
        f"<Response><Errors><Error><Code>{code}</Code><Message>So it "
        f"is.</Message></Error></Errors></Response>",
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict:
    """All of it on one stack; what was seen, by step."""
    with leasing(tmp_path_factory.mktemp("leased")) as it:
        one = it.stack
        one.run("deploy", "deploy", "YES=1", "DOCTOR=no")
        one.seen["bare"] = it.things()
        refusals(it)
        it.switch("taken back", "on", INSTANCE, "spot", machine=it.is_taken_back)
        one.seen["after failures"] = it.things()
        it.switch("on", "on", INSTANCE, machine=it.comes_up)
        one.seen["leased"] = it.leased()
        it.switch("twice", "on", INSTANCE)
        one.run("update", "deploy", "YES=1", "DOCTOR=no")
        one.seen["after update"] = it.things()
        one.seen["scheduled end"] = scheduled_end(it)
        one.run("after its end", "deploy", "YES=1", "DOCTOR=no")
        one.seen["after its end things"] = it.things()
        it.switch("on again", "on", INSTANCE, machine=it.comes_up)
        it.switch("off", "off")
        one.seen["after off"] = it.things()
        it.switch("on at last", "on", INSTANCE, machine=it.comes_up)
        one.run("destroy", "destroy", "YES=1")
        one.seen["after destroy"] = it.things()
        yield one.seen


def refusals(it: Leasing) -> None:
    """Each refusal of EC2, and a machine without a price."""
    it.switch("no price", "on", "p5.48xlarge")
    for code in REFUSED:
        it.refuse(WireFault("Action=RunInstances&", ec2_error(code)))
        it.switch(code, "on", INSTANCE)
    it.refuse()


def scheduled_end(it: Leasing) -> dict:
    """What the one-shot asks EC2 for, asked for now: the machine ends without Terraform."""
    target = it.client("scheduler").get_schedule(Name=f"{NAME}-worker")["Target"]
    service, operation = target["Arn"].split(":")[-2:]
    method = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
    getattr(it.client(service), method)(**json.loads(target["Input"]))
    return {"arn": target["Arn"], "left": it.machines()}


def test_a_stack_without_a_lease_has_no_machine(seen):
    assert seen["deploy"].returncode == 0, tail(seen["deploy"])
    assert "Idle cost: 0.00 USD" in seen["deploy"].stderr


def test_a_machine_without_a_price_is_refused_before_anything_is_made(seen):
    run = seen["no price"]
    assert run.returncode == 1
    assert re.search(
        r"p5\.48xlarge has no price for us-east-1 .*: take INSTANCE=c8g\.xlarge \(0\.16 USD an "
        r"hour\) or ",
        run.stderr,
    )
    assert "[1/" not in run.stderr


@pytest.mark.parametrize("code", REFUSED)
def test_what_ec2_refuses_is_a_sentence_and_nothing_is_left_running(seen, code):
    run = seen[code]
    assert run.returncode == 1, tail(run)
    assert re.search(
        rf"aws_instance\.this: RunInstances failed: {code}.*What to do: .*{REFUSED[code]}",
        run.stderr,
    ), tail(run)
    assert "Nothing is left running." in run.stderr


def test_a_spot_machine_that_is_taken_back_as_it_boots_is_told_and_removed(seen):
    run = seen["taken back"]
    assert run.returncode == 1, tail(run)
    assert "costs at most 0.18 USD" in run.stderr
    assert "ended as it started" in run.stderr
    assert (
        f"Nothing is left running. What the machine said is in the log group "
        f"/forever-us/{NAME}-worker." in run.stderr
    )
    assert seen["after failures"] == set()


def test_a_second_lease_is_refused_while_the_first_lasts(seen):
    assert "A worker is leased already: make llm-off" in seen["twice"].stderr


def test_an_update_leaves_a_machine_alone(seen):
    assert seen["update"].returncode == 0, tail(seen["update"])
    assert "aws_instance" not in seen["update"].stderr.partition("Idle cost")[0]
    assert seen["after update"] == seen["leased"]["things"]


def test_the_one_shot_asks_ec2_for_what_ends_the_machine(seen):
    assert seen["scheduled end"] == {
        "arn": "arn:aws:scheduler:::aws-sdk:ec2:terminateInstances",
        "left": {},
    }


def test_a_machine_that_ended_by_itself_does_not_come_back_with_the_next_apply(seen):
    run = seen["after its end"]
    assert run.returncode == 0, tail(run)
    assert re.search(r"appears +0", run.stderr)
    assert seen["after its end things"] == set()


def test_it_can_be_leased_again_and_switched_off_at_once(seen):
    assert [seen[step].returncode for step in ("on again", "off")] == [0, 0], tail(
        seen["on again"]
    ) + tail(seen["off"])
    assert seen["after off"] == set()


def test_destroy_removes_a_machine_that_works(seen):
    assert seen["on at last"].returncode == 0, tail(seen["on at last"])
    assert seen["destroy"].returncode == 0, tail(seen["destroy"])
    assert seen["after destroy"] == set()
