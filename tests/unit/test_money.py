"""Money's arithmetic at the edges of days and months."""

from datetime import UTC, datetime

import pytest

from handler.money import Spend, SpendingLimits, Totals, month_begin

USD = 1_000_000_000
LIMITS = SpendingLimits(5 * USD, 1 * USD)


def at(*date: int) -> float:
    return datetime(*date, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "begin"),
    [
        (at(2026, 11, 22, 13), at(2026, 11, 1)),
        (at(2026, 12, 1), at(2026, 12, 1)),
        (at(2028, 2, 29, 23, 59, 59), at(2028, 2, 1)),
        (at(2026, 12, 31, 23, 59, 59), at(2026, 12, 1)),
    ],
)
def test_the_month_begins_on_its_first(now, begin):
    assert month_begin(now) == begin


@pytest.mark.parametrize(
    ("now", "spent", "forecast"),
    [
        (at(2026, 11, 16), 1.0, 2.0),  # half of a month of 30 days
        (at(2026, 11, 1, 0, 0, 1), 0.1, 3.0),  # the first second counts as a day
        (at(2026, 11, 16), 4.0, 5.0),  # never above the limit
        (at(2026, 11, 16), 5.5, 5.5),  # nor below what is spent: a limit may have been lowered
        (at(2026, 11, 30, 23, 59, 59), 1.0, 1.0),
        (at(2026, 11, 16), 0.0, 0.0),
    ],
)
def test_the_forecast_goes_on_at_the_months_pace(now, spent, forecast):
    spend = Spend("2026-11", total=Totals(1, 1, 1, round(spent * USD)))
    assert spend.forecast(LIMITS, now) / USD == pytest.approx(forecast, rel=1e-4)


@pytest.mark.parametrize(
    ("committed", "today", "cost", "spent"),
    [
        (0, 0, 1 * USD, None),
        (0, 0, 1 * USD + 1, ("day", at(2026, 12, 1))),
        (5 * USD - 10, 0, 10, None),
        (5 * USD - 10, 0, 11, ("month", at(2026, 12, 1))),
        (2 * USD, 1 * USD, 1, ("day", at(2026, 12, 1))),
        (5 * USD, 1 * USD, 1, ("month", at(2026, 12, 1))),
    ],
)
def test_what_lifts_when_on_the_last_day_of_a_month(committed, today, cost, spent):
    books = Spend("2026-11", committed=committed, committed_by_day={"2026-11-30": today})
    assert books.spent(LIMITS, at(2026, 11, 30, 23), cost) == spent
