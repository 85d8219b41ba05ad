"""Each alarm goes off for what it is about and for nothing else, and is over when that is:
evaluated on data, as planned. That CloudWatch's emulator and SNS do it too is
tests/drills/test_alarms_drill.py's."""

import re

import pytest

from handler.telemetry.metrics import METRICS, NAMESPACE
from tests.support.alarm_evaluation import Alarm
from tests.support.published_metrics import AWS
from tests.support.terraform_tests import ROOT

NOW = 1_000_000
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@pytest.fixture(scope="module")
def planned(tested) -> dict[str, dict]:
    """All seven, with a worker whose lease has two hours."""
    plan = tested.plans["alarms.tftest.hcl a_worker_has_an_alarm_on_its_lease"]
    return {
        alarm["alarm_name"].removeprefix("chat-"): alarm
        for address, alarm in plan.items()
        if "metric_alarm" in address
    }


def samples(*groups: tuple[float, int, float]) -> list[tuple[float, float]]:
    """Groups of (seconds ago, how many, value)."""
    return [(NOW - ago, value) for ago, number, value in groups for _ in range(number)]


def alive(seconds: float, ended: float = 0) -> list[tuple[float, float]]:
    """A machine's health, each minute, for so long until `ended` seconds ago."""
    return [(NOW - ended - ago, 0.0) for ago in range(0, int(seconds), MINUTE)]


# Alarm: data that must set it off, data that must not, and data after which it is over.
DRILLS = {
    "failures": (
        samples((60, 94, 0), (30, 6, 1)),
        samples((60, 95, 0), (30, 5, 1)),
        samples((400, 6, 1), (30, 10, 0)),
    ),
    "slow": (
        samples((600, 90, 400), (60, 10, 3_100)),
        samples((600, 96, 400), (60, 4, 9_000)),
        samples((1_000, 10, 9_000), (60, 20, 400)),
    ),
    "spend": (
        samples((23 * HOUR, 300, 0.002), (60, 101, 0.002)),
        samples((23 * HOUR, 300, 0.002), (60, 99, 0.002)),
        samples((25 * HOUR, 401, 0.002), (60, 10, 0.002)),
    ),
    "errors": (
        samples((200, 1, 1), (100, 99, 0)),
        samples((200, 100, 0)),
        samples((400, 1, 1), (100, 5, 0)),
    ),
    "throttles": (
        samples((200, 1, 1), (100, 99, 0)),
        samples((200, 100, 0)),
        samples((400, 1, 1), (100, 5, 0)),
    ),
    "dead-letters": (
        samples((200, 1, 0), (140, 1, 1)),
        samples((200, 5, 0)),
        samples((400, 1, 1), (100, 1, 0)),
    ),
    "lease": (alive(2 * HOUR + 11 * MINUTE), alive(2 * HOUR), alive(3 * HOUR, ended=10 * MINUTE)),
}


@pytest.mark.parametrize("name", DRILLS)
def test_each_alarm_goes_off_and_is_over_again(planned, name):
    bad, good, after = DRILLS[name]
    alarm = Alarm(planned[name])
    assert [alarm.state(data, NOW) for data in (bad, good, after)] == ["ALARM", "OK", "OK"]


@pytest.mark.parametrize("name", DRILLS)
def test_no_data_is_no_alarm(planned, name):
    assert Alarm(planned[name]).state([], NOW) == "OK"


def test_every_alarm_is_drilled(planned):
    assert set(planned) == set(DRILLS)


def test_a_lease_of_days_is_watched_too(tested):
    plan = tested.plans["alarms.tftest.hcl a_longer_lease_is_watched_by_hours"]
    alarm = Alarm(plan["aws_cloudwatch_metric_alarm.lease[0]"])
    assert alarm.state(alive(166 * HOUR), NOW) == "OK"
    assert alarm.state(alive(168 * HOUR), NOW) == "ALARM"


def test_every_alarm_looks_at_a_metric_that_exists(planned):
    known = AWS | {NAMESPACE: {name: dimensions for name, (_, dimensions) in METRICS.items()}}
    for alarm in planned.values():
        assert sorted(known[alarm["namespace"]][alarm["metric_name"]]) == sorted(
            alarm["dimensions"]
        ), alarm["alarm_name"]


def test_cloudwatch_takes_each_window(planned):
    """PutMetricAlarm: a day at most, or a week with periods of an hour or more."""
    for alarm in planned.values():
        assert alarm["period"] * alarm["evaluation_periods"] <= (
            7 * DAY if alarm["period"] >= HOUR else DAY
        )


def test_each_description_leads_to_what_to_do(planned):
    text = (ROOT / "docs/alarms.md").read_text()
    for name, alarm in planned.items():
        assert alarm["alarm_description"].endswith(f"docs/alarms.md#alarm-{name}")
        # GitHub's anchor of a heading: lower case, hyphens for blanks, no other marks.
        (section,) = re.findall(
            rf"^### Alarm: {name}\n(.+?)(?=^##)", text, re.MULTILINE | re.DOTALL
        )
        assert all(
            f"**{word}**" in section
            for word in ("What it means.", "What to look at.", "What to do.")
        )


def test_the_thresholds_follow_the_owners_settings(tested):
    plan = tested.plans["stack.tftest.hcl aws_has_the_page_on_cloudfront"]
    limits = plan["module.function.aws_lambda_function.this"]["environment"][0]["variables"]
    spend = plan['module.watch.aws_cloudwatch_metric_alarm.this["spend"]']
    assert spend["threshold"] == pytest.approx(0.8 * float(limits["DAILY_LIMIT_USD"]))
