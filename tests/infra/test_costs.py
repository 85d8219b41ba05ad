"""The pages' figures are today's: computed from the plan, from the last measured run and from the
price table."""

from dataclasses import replace

import pytest

from scripts.costs import measured, months, prices
from scripts.costs.operations import Operations, bill
from scripts.costs.plan import PlannedLimits
from scripts.docs import pages


@pytest.fixture(scope="module")
def limits(planned) -> PlannedLimits:
    return PlannedLimits.of(planned)


@pytest.mark.parametrize("path", pages.PAGES, ids=lambda path: path.name)
def test_a_page_has_todays_figures(limits, path):
    text = path.read_text()
    assert pages.filled(text, limits, pages.PAGES[path]) == text, "run make docs"


def test_a_mark_without_figures_is_refused(limits):
    with pytest.raises(ValueError, match="marks"):
        pages.filled("<!-- unheard of -->\n<!-- /unheard of -->\n", limits, {})


def test_every_price_is_in_the_table():
    assert len(prices.ALL) == 19
    assert all(
        price.usd > 0 and price.page.endswith(("pricing", "on-demand")) for price in prices.ALL
    )


def test_the_run_was_made_with_the_functions_memory(limits):
    assert measured.last().memory_mb == limits.memory_gb * 1024, (
        "run make bench-cost SAVE=1, then make docs"
    )


def test_the_run_is_the_turn_that_this_project_reckons_with():
    run = measured.last()
    assert (run.input_tokens, run.output_tokens, run.command) == (1_200, 300, "make bench-cost")
    assert run.turns >= 10
    assert run.prompt_bytes == pytest.approx(4_800, rel=0.05)


def test_an_idle_month_costs_cents(limits):
    assert 0 < sum(months.month(0, limits).values()) < 0.05


def test_a_month_is_what_its_replies_cost(limits):
    ten, one, none = (sum(months.month(replies, limits).values()) for replies in (10_000, 1_000, 0))
    assert ten - none == pytest.approx(10 * (one - none))


def test_what_lies_beyond_the_free_alarms_is_paid(limits):
    watched = replace(limits, metrics=10, alarms=12, dashboards=4)
    assert months.month(0, watched)["metrics, alarms, dashboards"] == pytest.approx(2 * 0.10 + 3)


def test_the_bill_is_what_a_pencil_gives():
    usd = bill(
        Operations(
            invocations=2,
            seconds=5,
            socket_messages=18,
            socket_minutes=2,
            read_units=8,
            write_units=20,
            log_bytes=1e6,
        ),
        128,
    )
    # 2 x 0.20 / million, and 5 s x 0.125 GB x 13.3334 / million.
    assert usd["Lambda"] == pytest.approx(4e-7 + 8.333375e-6)
    assert usd["API Gateway, WebSocket"] == pytest.approx(18.5e-6)
    assert usd["DynamoDB"] == pytest.approx(13.5e-6)
    assert usd["CloudWatch Logs"] == pytest.approx(5e-4)


def test_a_share_of_a_core_stretches_what_the_processor_works():
    used = Operations(seconds=1, cpu_seconds=0.5, serial_cpu_seconds=0.5)
    # A quarter of a core takes 2 s for half a second's work, which the measured second had already.
    assert used.gb_seconds(1_769 / 4) == pytest.approx((1 + 1.5) * 1_769 / 4 / 1024)
    assert used.gb_seconds(1_769) == used.gb_seconds(1_769 * 2) / 2 == pytest.approx(1_769 / 1024)


def test_what_is_done_as_words_come_has_room_between_them_until_the_share_is_used_up():
    # 0.1 s before and after, 0.2 s in the 3.9 s of waiting: an eighth of a core has room for 0.49 s
    # there, a thirtieth for 0.13 s.
    used = Operations(seconds=4, cpu_seconds=0.3, serial_cpu_seconds=0.1)
    assert used.gb_seconds(1_769 / 8) == pytest.approx((4 + 0.7) * 1_769 / 8 / 1024)
    assert used.gb_seconds(1_769 / 30) == pytest.approx(
        (4 + 2.9 + 0.2 * 30 - 3.9) * 1_769 / 30 / 1024
    )
    assert used.gb_seconds(1_769 / 30) < used.gb_seconds_at_most(1_769 / 30)


def test_both_readmes_say_the_same(limits):
    english, portuguese = pages.english(limits), pages.portuguese(limits)
    figures = [line.rsplit("|", 2)[1].strip() for line in english.splitlines()[2:]]
    assert [line.rsplit("|", 2)[1].strip() for line in portuguese.splitlines()[2:]] == [
        figure.replace(".", ",") for figure in figures
    ]
