"""A day in 24 characters, and the statistics that CloudWatch would show of it."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.console.formats import Paint, seconds, usd
from scripts.logs.samples import HOUR, HOURS, STATISTICS, Samples, hour_of, spark

NOW = 1_795_406_400.0
AMOUNTS = st.lists(st.floats(0, 1e9), min_size=1, max_size=200)


@pytest.mark.parametrize(
    ("values", "top", "drawn"),
    [
        ([None] * 3, None, "···"),
        ([0, 0, None], None, "▁▁·"),
        ([0, 1, 4, 8], None, "▁▂▅█"),
        ([0.001, 1000], None, "▂█"),
        ([0.99, 1.0], 1, "██"),
        ([0.0, 0.5, 1.0], 1, "▁▅█"),
        ([90, 256], 128, "▆█"),
    ],
)
def test_a_dot_is_no_value_the_lowest_block_is_0_and_the_full_one_the_most(values, top, drawn):
    assert spark(values, top) == drawn


def test_the_last_hour_is_the_last_character_and_older_than_a_day_is_none():
    moments = [NOW, NOW - HOUR + 1, NOW - HOUR, NOW - 24 * HOUR + 1, NOW - 24 * HOUR, NOW + 1]
    assert [hour_of(at, NOW) for at in moments] == [23, 23, 22, 0, None, None]


def test_samples_are_told_over_the_day_and_by_hour():
    samples = Samples(NOW)
    for ago, value in ((0, 1), (10, 3), (HOUR, 8), (30 * HOUR, 100)):
        samples.add(NOW - ago, value)
    samples.add(NOW, None)
    assert samples.count == 3
    told = {"Sum": 12, "Average": 4, "Maximum": 8, "SampleCount": 3, "p50": 3}
    assert {name: samples.over_all(name) for name in told} == told
    assert samples.by_hour("Average") == [None] * 22 + [8, 2]
    assert Samples(NOW).over_all("p95") is None


def test_percentiles_lie_between_the_nearest_ranks():
    values = [float(n) for n in range(1, 21)]
    assert (STATISTICS["p50"](values), STATISTICS["p95"](values), STATISTICS["p95"]([7.0])) == (
        10.5,
        pytest.approx(19.05),
        7.0,
    )


@given(AMOUNTS)
def test_percentiles_are_within_the_values_and_in_order(values):
    p50, p95 = STATISTICS["p50"](values), STATISTICS["p95"](values)
    assert min(values) <= p50 <= p95 * (1 + 1e-12) <= max(values) * (1 + 1e-9)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e12)), min_size=HOURS, max_size=HOURS))
def test_a_graph_is_as_long_as_its_day(values):
    assert len(spark(values)) == HOURS


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 ms"), (999, "999 ms"), (1_234, "1.23 s"), (12_345, "12.3 s"), (250_000, "250.0 s")],
)
def test_durations_have_the_digits_that_matter(value, shown):
    assert seconds(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "$0.00"), (0.0000123, "$0.000012"), (0.0123, "$0.0123"), (12.345, "$12.35")],
)
def test_small_amounts_have_more_places(value, shown):
    assert usd(value) == shown


def test_colour_is_for_a_terminal_that_wants_it(monkeypatch):
    stream = io.StringIO()
    assert Paint(stream)("bad", "no") == "no"
    stream.isatty = lambda: True
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Paint(stream)("bad", "no") == "\033[31mno\033[0m"
    assert Paint(stream)("", "no") == "no"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Paint(stream)("bad", "no") == "no"
