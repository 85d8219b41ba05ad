"""`make doctor` asks for the permissions that this configuration needs."""

import re

from scripts.doctor.actions import NEEDS
from scripts.doctor.lease import LEASE


def test_every_type_that_is_planned_has_its_actions(tested):
    planned = {
        re.search(r"\baws_\w+", address)[0]
        for plan in tested.plans.values()
        for address in plan
        if not re.search(r"\bdata\.", address)
    }
    assert planned == NEEDS.keys() | LEASE.keys()


def test_every_row_can_be_made_and_removed():
    for kind, need in (NEEDS | LEASE).items():
        service = need.actions[0].split(":")[0]
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Z]\w+", action) for action in need.actions), kind
        assert need.arn.startswith(f"arn:aws:{service}:"), kind
