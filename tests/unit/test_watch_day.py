"""A day's numbers out of lines: by the metrics' names, with the statistics of the dashboard."""

import json

import pytest

from handler.telemetry.metrics import METRICS
from scripts.logs.day import Day
from scripts.logs.table import table
from tests.support.log_lines import failed, http, lines, probe, refused, report, turn

# 01:00 UTC: of the 24 hours before it, one is today.
NOW = 1_795_395_600.0
HOUR = 3600


def day(*messages: str, ago: float = 0) -> Day:
    return Day(lines(*messages, at=NOW - ago), NOW)


def rows(day: Day, *, emulated: bool = False) -> dict[str, str]:
    """Value and what follows the graph, by name."""
    found = {}
    for row in list(table(day, emulated=emulated))[1:]:
        name, value, *rest = row.split("  ", 1)[0], *row.split("  ", 1)[1].strip().split("  ")
        found[name] = f"{value} | {rest[-1] if len(rest) > 1 else ''}"
    return found


def test_each_metric_is_read_from_its_line_by_its_name():
    found = day(turn(), refused(), probe())
    assert {name: found.metrics[name].count for name in METRICS} == dict.fromkeys(METRICS, 1) | {
        "Availability": 2
    }


def test_guests_are_those_who_asked_since_midnight_in_utc():
    today = lines(turn(guest_id="today"), turn(guest_id="today"), at=NOW)
    found = Day([*lines(turn(guest_id="yesterday"), at=NOW - 2 * HOUR), *today], NOW)
    assert found.guests_today == {"today"}
    assert rows(found)["replies"] == "3 | 1 guest today, 0 HTTP calls"


def test_a_backend_of_ones_own_is_told_apart():
    found = day(turn(), turn(backend="worker"), failed(backend="worker"))
    shown = list(table(found, emulated=False))
    assert [row.split()[:2] for row in shown if row.startswith("availability")] == [
        ["availability", "100%"],
        ["availability", "50.0%"],
    ]
    assert [row.split()[3].rstrip(":") for row in shown if row.startswith("availability")] == [
        "bedrock",
        "worker",
    ]


@pytest.mark.parametrize(
    "message",
    [
        http(error="KeyError"),
        failed("internal", error="KeyError"),
        json.dumps({"event": "rest", "error": "no"}),
    ],
)
def test_whatever_holds_an_error_is_one(message):
    assert rows(day(message, http()))["errors"] == "1 | in the log"


def test_memory_is_what_lambda_reports():
    assert rows(day(report(90), report(70)))["memory"] == "90 MB | most, of 128 MB; mean 80 MB"
    assert rows(day())["memory"] == "– | no invocation was reported"
    assert rows(day(), emulated=True)["memory"] == "– | not told by the emulator"


def test_a_day_without_a_line_is_an_ordinary_day():
    assert rows(day()) == {
        "replies": "0 | 0 guests today, 0 HTTP calls",
        "refused": "0 | ",
        "failed": "– | of the replies",
        "availability": "– | neither a reply nor a probe: the model was off",
        "first words": "– | ",
        "whole reply": "– | ",
        "cost": "$0.00 | tokens: 0 in, 0 out",
        "errors": "0 | ",
        "memory": "– | no invocation was reported",
    }
