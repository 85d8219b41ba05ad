"""Which limits a growing number of guests meets, by the formulae of docs/scale.md."""

import pytest

from scripts.costs import scale
from scripts.costs.measured import last
from scripts.costs.plan import PlannedLimits


@pytest.fixture(scope="module")
def limits(planned) -> dict[str, scale.Limit]:
    return {one.name: one for one in scale.limits(PlannedLimits.of(planned))}


def met(limits: dict[str, scale.Limit], guests: int) -> set[str]:
    return {name for name, one in limits.items() if one.share(guests) > 1}


def test_the_caps_are_those_of_the_plan(tested, limits):
    function = tested.plans["stack.tftest.hcl aws_has_the_page_on_cloudfront"][
        "module.function.aws_lambda_function.this"
    ]
    given = function["environment"][0]["variables"]
    assert limits["`daily_limit_usd`"].has == float(given["DAILY_LIMIT_USD"])
    assert limits["`monthly_limit_usd`"].has == float(given["MONTHLY_LIMIT_USD"])
    # Bedrock reserves the prompt and the longest reply of each request.
    assert scale.Load(1).tokens_a_minute() == last().input_tokens + float(given["MAX_TOKENS"])


def test_ten_guests_meet_no_limit(limits):
    assert met(limits, 10) == set()


def test_a_thousand_meet_the_owners_spending_limits_and_nothing_else(limits):
    assert met(limits, 1_000) == {"`daily_limit_usd`", "`monthly_limit_usd`"}


def test_a_limit_is_met_by_the_fewest_guests_that_exceed_it(limits):
    for one in limits.values():
        assert one.share(one.met_at() - 1) <= 1 < one.share(one.met_at())


def test_the_formulae_are_what_a_pencil_gives():
    load = scale.Load(36_000)
    # 360,000 replies a day, 8.5 % of them in 3,600 s: 8.5 a second, 34 in four, and 4 x sqrt(34).
    assert load.most_replies(4) == 58
    # 250 bytes beyond a kilobyte, 58 a guest, and two writes by the kilobyte.
    assert (scale.Load(14).books_bytes(), scale.Load(14).books_units()) == (2_062, 6)
    assert load.model_usd() == pytest.approx(360 * 0.24)
