"""A machine leased by real Terraform in the emulator: what the owner reads, what is made, what the
machine may do, and that switching it off removes it.

The emulator's EC2 lists machines without running them, so what a machine would do is played
(tests/support/leased_machine.py); what it does at its start is in tests/infra/test_worker_boot.py.
What goes wrong is in tests/drills/test_leases.py."""

import re
from datetime import datetime, timedelta

from tests.support.deployed_copy import tail
from tests.support.leased_machine import INSTANCE
from tests.support.lifecycle import NAME


def test_a_machine_that_comes_up_is_told_with_its_price_and_each_step(lifecycle):
    run = lifecycle["on"]
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


def test_the_machine_is_closed_tagged_and_ends_from_outside(lifecycle):
    leased = lifecycle["leased"]
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


def test_all_that_a_lease_makes_is_found_by_name_or_tag(lifecycle):
    kinds = {thing.split(f" {NAME}")[0] for thing in lifecycle["leased"]["things"]}
    assert kinds >= {"instance", "security group", "role", "instance profile", "alarm", "schedule"}


def test_the_worker_may_do_its_work_and_nothing_else(lifecycle):
    for (call, by), (expected, got) in lifecycle["leased"]["rights"].items():
        print(f"{'may' if got else 'may not':8} {call:60} {by}")
        assert got == expected, call


def test_switching_it_off_removes_all_that_the_lease_made(lifecycle):
    assert lifecycle["off"].returncode == 0, tail(lifecycle["off"])
    assert lifecycle["after off"] == set()
