"""`make doctor` asks for the permissions that this configuration needs."""

import re

from scripts.doctor.actions import NEEDS
from scripts.doctor.context import DEFAULT_MODEL


def test_every_type_that_is_planned_has_its_actions(tested):
    planned = {
        re.search(r"\baws_\w+", address)[0] for plan in tested.plans.values() for address in plan if not re.search(r"\bdata\.", address)
    }
    assert planned == set(NEEDS)


def test_every_row_can_be_made_and_removed():
    for kind, need in NEEDS.items():
        service = need.actions[0].split(":")[0]
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Z]\w+", action) for action in need.actions), kind
        assert need.arn.startswith(f"arn:aws:{service}:"), kind


def test_the_model_that_is_asked_is_terraforms_default(planned):
    assert planned["module.function.aws_lambda_function.this"]["environment"][0]["variables"]["MODEL_ID"] == DEFAULT_MODEL
