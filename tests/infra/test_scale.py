"""docs/scale.md has today's figures."""

import pytest

from scripts.costs.plan import PlannedLimits
from scripts.docs.page import filled
from scripts.scale import limits, page
from scripts.scale.caps import caps


@pytest.fixture(scope="module")
def plan(planned) -> PlannedLimits:
    return PlannedLimits.of(planned)


def test_the_page_has_todays_figures(plan):
    text = page.PATH.read_text()
    assert filled(text, plan, page.BLOCKS) == text, "run python -m scripts.scale"


def test_the_caps_are_those_of_the_plan(tested):
    function = tested.plans["stack.tftest.hcl aws_has_the_page_on_cloudfront"][
        "module.function.aws_lambda_function.this"
    ]
    given = function["environment"][0]["variables"]
    assert caps() == {name: float(given[name.upper()]) for name in caps()}


def test_ten_guests_meet_no_limit(plan):
    assert limits.first(limits.of(page.load(10), plan, caps())).share < 1


def test_a_thousand_meet_the_owners_caps_and_nothing_else(plan):
    met = {one.name for one in limits.of(page.load(1_000), plan, caps()) if one.share > 1}
    assert met == {"`daily_limit_usd`", "`monthly_limit_usd`"}
