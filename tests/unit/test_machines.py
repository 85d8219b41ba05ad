"""What a worker's machine costs is known before it is made."""

import re

import pytest

from scripts.console.progress import Failure
from scripts.costs import machines
from scripts.workspace.paths import TERRAFORM


def test_an_hour_is_the_machine_its_address_and_its_disk():
    assert machines.find("c8g.xlarge", "us-east-1").hour("us-east-1") == pytest.approx(
        0.16 + 0.005 + 24 * 0.08 / 730
    )


def test_the_disk_is_as_large_as_terraform_makes_it():
    text = (TERRAFORM / "modules/worker/lease/instance.tf").read_text()
    assert int(re.search(r"disk_gb = (\d+)", text)[1]) == machines.DISK_GB


@pytest.mark.parametrize(
    ("name", "region", "said"),
    [
        (
            "c8g.tiny",
            "us-east-1",
            r"c8g\.tiny has no price for us-east-1 .*: take INSTANCE=c8g\.xlarge \(0\.16 USD an hour\) or ",
        ),
        (
            "c8g.xlarge",
            "sa-east-1",
            r"take INSTANCE=c6g\.xlarge \(0\.21 USD an hour\) or c6i\.xlarge \(0\.26 USD an hour\)\.",
        ),
        ("c8g.xlarge", "eu-west-1", r"a worker needs a stack in us-east-1 or sa-east-1"),
        ("g4dn.xlarge", "us-east-1", r"g4dn\.xlarge has no price"),
    ],
)
def test_a_machine_without_a_price_is_refused_with_those_that_have_one(name, region, said):
    with pytest.raises(Failure, match=said):
        machines.find(name, region)


def test_every_machine_has_a_price_in_the_first_region():
    assert all(
        machine.usd["us-east-1"] > 0 and machine.architecture in ("arm64", "x86_64")
        for machine in machines.ALL.values()
    )
