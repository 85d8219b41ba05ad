"""What a picture of the dashboard needs of CloudWatch: metric math, Insights, graphs."""

import re

import pytest

from scripts.logs.picture import formulas, insights
from scripts.logs.picture.chart import Chart, Drawn, amount
from scripts.logs.picture.metrics import Metrics, embedded
from tests.support.log_lines import failed, http, lines, refused, report, turn

DAY = 86_400
SERIES = {"a": [1, None, 0], "b": [None, None, 4]}


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("100 * a", [100, None, 0]),
        ("IF(FILL(a, 0) > 0, 1, 0)", [1, 0, 0]),
        ("RUNNING_SUM(FILL(b, 0))", [0, 0, 4]),
        ("RUNNING_SUM(a)", [1, 1, 1]),
    ],
)
def test_expressions_are_reckoned_period_by_period(expression, values):
    assert formulas.evaluate(expression, SERIES, 3) == values


@pytest.mark.parametrize("expression", ["a / b", "c", "__import__('os')", "a.b", "SUM(a)", "a < b", "'x'"])
def test_an_expression_that_the_dashboard_does_not_use_is_refused(expression):
    with pytest.raises(ValueError, match="uses what this picture cannot draw"):
        formulas.evaluate(expression, SERIES, 3)


WRITTEN = [
    *lines(turn(guest_id="ana"), turn(guest_id="bia", cost_usd=0.5), http(), at=DAY),
    *lines(
        turn(guest_id="ana"), failed("model_busy", guest_id="ana"), failed("internal", error="KeyError", guest_id="caio"), at=2 * DAY + 1
    ),
]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (
            "SOURCE '/aws/lambda/chat' | filter event = \"turn\" | stats count_distinct(guest_id) as guests by bin(1d)",
            [{"bin(1d)": "1970-01-02 00:00:00", "guests": 2}, {"bin(1d)": "1970-01-03 00:00:00", "guests": 2}],
        ),
        (
            'filter event = "turn" | stats sum(cost_usd) as usd, count(*) as turns by guest_id | sort usd desc',
            [
                {"guest_id": "bia", "usd": 0.5, "turns": 1},
                {"guest_id": "ana", "usd": 0.00048, "turns": 3},
                {"guest_id": "caio", "usd": None, "turns": 1},
            ],
        ),
        (
            'filter event = "turn" and ispresent(code) | stats count(*) as turns by code | sort turns desc | limit 1',
            [{"code": "model_busy", "turns": 1}],
        ),
        ("fields event, error | filter ispresent(error)", [{"event": "turn", "error": "KeyError"}]),
    ],
)
def test_queries_are_answered_as_insights_does(query, rows):
    assert insights.answer(query, WRITTEN) == rows


@pytest.mark.parametrize("query", ["dedup guest_id", "filter ms > 3", "parse x"])
def test_a_query_that_the_dashboard_does_not_use_is_refused(query):
    with pytest.raises(ValueError, match="that the dashboard uses"):
        insights.answer(query, WRITTEN)


def test_a_lines_metrics_are_those_that_it_declares():
    found = {key: value for line in lines(turn()) for key, value in embedded(line)}
    assert found[("ForeverUs", "ReplyTime", (("Stack", "chat"),))] == 2_410
    assert found[("ForeverUs", "Availability", (("Backend", "bedrock"), ("Stack", "chat")))] == 1
    assert len(found) == 7
    assert [key[1] for line in lines(refused()) for key, _ in embedded(line)] == ["Refused"]
    assert list(embedded(lines(http())[0])) == []


def test_a_series_has_a_value_for_each_period_with_a_sample():
    metrics = Metrics([*lines(turn(ReplyTime=1_000), turn(ReplyTime=3_000), at=600), *lines(turn(), at=1_250)], "chat", cloudwatch=None)
    found = metrics.series("ForeverUs", "ReplyTime", {"Stack": "chat"}, stat="Average", period=300, begin=0, end=2_000)
    assert found == {600: 2_000, 1_200: 2_410}
    assert metrics.series("ForeverUs", "ReplyTime", {"Stack": "other"}, stat="Sum", period=300, begin=0, end=2_000) == {}


def test_memory_has_a_namespace_of_its_stack():
    metrics = Metrics(lines(report(90), report(70), at=10), "chat", cloudwatch=None)
    assert metrics.series("ForeverUs/chat", "MemoryUsed", {}, stat="Maximum", period=300, begin=0, end=300) == {0: 90}


def test_a_graph_has_its_points_where_the_values_are():
    svg = Chart(476, 132, 0, 300, [Drawn("a<b", [0, None, 10])], most=10).svg()
    circles = [(float(x), float(y)) for x, y in re.findall(r'circle cx="([\d.]+)" cy="([\d.]+)"', svg)]
    # 400 pixels for three periods, 100 for 0 to 10.
    assert circles == [(pytest.approx(128.7, abs=0.1), 110), (pytest.approx(395.3, abs=0.1), 10)]
    assert "No data" not in svg


def test_a_graph_without_a_value_says_so():
    assert "No data in this range" in Chart(400, 100, 0, 300, [Drawn("a", [None, None])], [("limit", 5)]).svg()


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (0.000123, "0.00012"), (0.5, "0.5"), (5.4, "5.4"), (1_234.5, "1,234"), (3_000, "3,000")]
)
def test_axes_have_short_numbers(value, shown):
    assert amount(value) == shown


def test_a_bar_is_as_high_as_its_value():
    svg = Chart(476, 132, 0, DAY, [Drawn("a", [5, None])], most=10, bars=True).svg()
    assert re.findall(r'height="([\d.]+)" fill', svg) == ["50.0"]
