"""The simulated day's arithmetic is what a pencil gives."""

import pytest

from scripts.costs.months import REPLIES_A_VISIT
from scripts.scale import books, limits, peaks, workers
from scripts.scale.assumptions import HOURS, VISITS_A_GUEST
from scripts.scale.day import DAY, simulated


def test_the_most_at_once_are_those_that_overlap():
    assert peaks.in_any([0, 1, 2, 10, 11], 3) == 3
    # What ends as the next begins is not beside it.
    assert peaks.in_any([0, 3, 6], 3) == 1
    assert peaks.in_any([], 3) == 0


def test_a_bucket_refuses_what_goes_beyond_its_burst_and_its_rate():
    assert peaks.refused([0.1] * 12, rate=1, burst=10) == pytest.approx(2 / 12)
    assert peaks.refused([0.1] * 10 + [2.5] * 2, rate=1, burst=10) == 0
    assert peaks.refused([0.1] * 10 + [2.5] * 4, rate=1, burst=10) == pytest.approx(2 / 14)


def test_the_sustained_rate_is_the_least_that_refuses_nothing():
    times = [second + part for second in range(1_000) for part in (0.1, 0.6)]
    assert peaks.sustained(times, burst=2) == pytest.approx(2, rel=0.02)
    assert peaks.refused(times, peaks.sustained(times, burst=2), 2) == 0
    assert peaks.sustained([0.0] * 50, burst=50) < 0.1


def test_a_day_has_every_guests_questions_in_order_and_is_the_same_again():
    day = simulated(50, seconds=5, visit_seconds=900)
    assert len(day.visits) == 50 * VISITS_A_GUEST
    assert len(day.questions) == len(day.visits) * REPLIES_A_VISIT
    assert len(day.frames) == len(day.questions) + 3 * len(day.visits)
    assert all(
        times == sorted(times) and 0 <= times[0] <= times[-1] < DAY
        for times in (day.visits, day.questions, day.frames)
    )
    assert simulated(50, seconds=5, visit_seconds=900) == day


def test_visits_follow_the_hours():
    day = simulated(20_000, seconds=5, visit_seconds=900)
    for hour in (4, 12, 20):
        share = sum(hour * 3_600 <= time < (hour + 1) * 3_600 for time in day.visits) / len(
            day.visits
        )
        assert share == pytest.approx(HOURS[hour] / sum(HOURS), abs=0.005)


def test_who_comes_while_all_workers_write_waits_for_the_first_that_is_free():
    assert workers.wait([0, 0, 0], seconds=30, workers=1, share=1) == 60
    assert workers.wait([0, 0, 0], seconds=30, workers=2, share=1) == 30
    assert workers.wait([0, 40], seconds=30, workers=1, share=1) == 0


def test_waits_are_those_of_queueing_theory():
    """M/D/1 at half its capacity: a mean wait of half a reply (Pollaczek and Khinchine), so its p95
    lies between one and three."""
    day = simulated(1_000, seconds=0, visit_seconds=0)
    evening = [time for time in day.questions if 20 * 3_600 <= time < 22 * 3_600]
    seconds = 0.5 * 7_200 / len(evening)
    assert seconds < workers.wait(evening, seconds, 1) < 3 * seconds


def test_the_limit_that_is_met_first_is_the_one_of_which_most_is_asked():
    one, other = (
        limits.Limit(name, "a second", has, 10, limits.OWNER, "")
        for name, has in (("wide", 100), ("narrow", 5))
    )
    assert limits.first([one, other]) is other
    assert (one.share, other.share) == (0.1, 2)


def test_books_are_written_by_the_kilobyte():
    assert [books.write_units(size) for size in (0, 1_024, 1_025, 10_240)] == [1, 1, 2, 10]
    assert [books.consistent_read_units(size) for size in (0, 4_096, 4_097)] == [1, 1, 2]
