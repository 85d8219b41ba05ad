"""A machine leased by real Terraform in the emulator: it comes up, ends by itself, fails, is
refused; nothing is left running.

The emulator's EC2 lists machines without running them, so what a machine would do is played
(tests/support/leased_machine.py); what it does at its start is in tests/infra/test_worker_boot.py.
Alarms and one-shots with EC2's actions are not carried out by the emulator either: their targets
are held to what the machine's own end takes."""

import json
import re
from datetime import datetime, timedelta

import pytest

from scripts.stack.inventory import ALL
from tests.support.deployed_copy import account, tail
from tests.support.faulty_proxy import WireFault
from tests.support.leased_machine import INSTANCE, NAME, Leasing, leasing
from tests.support.worker_role import WorkerRole

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
    with (
        pytest.MonkeyPatch.context() as patch,
        leasing(tmp_path_factory.mktemp("leased"), patch) as it,
    ):
        one = it.stack
        one.run("deploy", "deploy", "YES=1", "DOCTOR=no")
        one.seen["bare"] = things(it)
        refusals(it)
        it.switch("taken back", "on", INSTANCE, "spot", machine=it.is_taken_back)
        one.seen["after failures"] = things(it)
        it.switch("on", "on", INSTANCE, machine=it.comes_up)
        one.seen["leased"] = leased(it)
        it.switch("twice", "on", INSTANCE)
        one.run("update", "deploy", "YES=1", "DOCTOR=no")
        one.seen["after update"] = things(it)
        one.seen["scheduled end"] = scheduled_end(it)
        one.run("after its end", "deploy", "YES=1", "DOCTOR=no")
        one.seen["after its end things"] = things(it)
        it.switch("on again", "on", INSTANCE, machine=it.comes_up)
        it.switch("off", "off")
        one.seen["after off"] = things(it)
        it.switch("on at last", "on", INSTANCE, machine=it.comes_up)
        one.run("destroy", "destroy", "YES=1")
        one.seen["after destroy"] = things(it)
        yield one.seen


def refusals(it: Leasing) -> None:
    """Each refusal of EC2, and a machine without a price."""
    it.switch("no price", "on", "p5.48xlarge")
    for code in REFUSED:
        it.refuse(WireFault("Action=RunInstances&", ec2_error(code)))
        it.switch(code, "on", INSTANCE)
    it.refuse()


def things(it: Leasing) -> set[str]:
    """What of the worker exists beside the stack without a lease, and beside its queue."""
    asked = account(it.proxy.upstream)
    found = {
        f"{thing.kind} {thing.name}"
        for find in ALL.values()
        for thing in find(asked)
        if thing.name.startswith(NAME)
    }
    return {one for one in found if not one.startswith("queue ")} - it.stack.seen.get("bare", set())


def leased(it: Leasing) -> dict:
    """The machine and what ends it, as the emulator has them."""
    ((machine, found),) = it.machines().items()
    group = it.client("ec2").describe_security_groups(
        GroupIds=[one["GroupId"] for one in found["SecurityGroups"]]
    )["SecurityGroups"][0]
    (alarm,) = it.client("cloudwatch").describe_alarms(AlarmNames=[f"{NAME}-worker"])[
        "MetricAlarms"
    ]
    return {
        "machine": machine,
        "found": found,
        "group": group,
        "alarm": alarm,
        "schedule": it.client("scheduler").get_schedule(Name=f"{NAME}-worker"),
        "rights": WorkerRole(it).matrix(),
        "things": things(it),
    }


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


def test_a_machine_that_comes_up_is_told_with_its_price_and_each_step(seen):
    run = seen["on"]
    assert run.returncode == 0, tail(run)
    assert re.search(
        r"An hour of c6i\.xlarge costs 0\.18 USD with its disk and address, 2 hours 0\.36 USD",
        run.stderr,
    )
    order = [
        run.stderr.index(word)
        for word in (
            "Leasing a machine",
            "downloading 40 %",
            "loading (",
            "first word came after",
            "is ready",
        )
    ]
    assert order == sorted(order)


def test_the_machine_is_closed_tagged_and_ends_from_outside(seen):
    leased = seen["leased"]
    found, group = leased["found"], leased["group"]
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    assert tags == {"Project": "forever-us", "Stack": NAME, "Name": f"{NAME}-worker"}
    assert (found["InstanceType"], found.get("KeyName", "")) == (INSTANCE, "")
    assert found["IamInstanceProfile"]["Arn"].endswith(f"instance-profile/{NAME}-worker")
    assert group["IpPermissions"] == []
    assert [
        (rule["FromPort"], rule["ToPort"])
        for rule in group["IpPermissionsEgress"]
        if rule["IpProtocol"] == "tcp"
    ] == [(443, 443)]
    assert leased["alarm"]["AlarmActions"] == ["arn:aws:automate:us-east-1:ec2:terminate"]
    assert leased["alarm"]["Dimensions"] == [{"Name": "InstanceId", "Value": leased["machine"]}]
    when = datetime.fromisoformat(leased["schedule"]["ScheduleExpression"][3:-1] + "+00:00")
    assert (
        timedelta(hours=1, minutes=50)
        < when - datetime.now(when.tzinfo)
        < timedelta(hours=2, minutes=10)
    )


def test_all_that_a_lease_makes_is_found_by_name_or_tag(seen):
    kinds = {thing.split(f" {NAME}")[0] for thing in seen["leased"]["things"]}
    assert kinds >= {"instance", "security group", "role", "instance profile", "alarm", "schedule"}


def test_the_worker_may_do_its_work_and_nothing_else(seen):
    for (call, by), (expected, got) in seen["leased"]["rights"].items():
        print(f"{'may' if got else 'may not':8} {call:60} {by}")
        assert got == expected, call


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
