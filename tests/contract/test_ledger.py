"""Money: reserved before the model is asked, settled after it, exactly once, whatever breaks in
between."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.exceptions import EndpointConnectionError

from handler.chat.budget import ABANDONED
from handler.errors import BudgetExhausted
from handler.ids import new_id
from handler.models.catalog import card_for
from handler.models.prompt import build_prompt
from handler.money import Reservation, SpendingLimits, Totals
from handler.values import Turn, Usage, day_of, month_of
from tests.support.lambda_bench import NOON, MovableClock, make_bench
from tests.support.waiting import until

MODEL = "mistral.mistral-7b-instruct-v0:2"
CARDS = [card_for(MODEL, "us-east-1")]
MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
USD = 1_000_000_000
# What the double says of every reply: 10 tokens in, at Mistral's price in us-east-1.
IN, INPUT_PRICE, OUTPUT_PRICE = 10, 150, 200
# A cheaper model that may stand in.
STAND_IN, STAND_INS_INPUT_PRICE = "mistral.ministral-3-3b-instruct", 100


@pytest.fixture
def dynamodb(motos_dynamodb):
    return motos_dynamodb


@pytest.fixture
def clock():
    return MovableClock(NOON)


@pytest.fixture
def bench(table, model, settings, clock):
    return make_bench(table, model, settings, clock)


def spend(bench, usd: float, now: float) -> None:
    """Somebody's turn that cost so much."""
    reservation = Reservation(new_id(now), 0, "someone", MODEL, day_of(now), round(usd * USD))
    bench.store.ledger.reserve(reservation, SpendingLimits(10**18, 10**18), now=now)
    assert bench.store.ledger.settle(reservation, Usage(1, 1, cost=reservation.cost))


def books(bench, now: float):
    return bench.store.ledger.read(month=month_of(now))


def records(bench, now: float):
    """Every attempt's record of a day."""
    return [
        record for _, attempts in bench.store.turn_log.of_day(day_of(now)) for record in attempts
    ]


def added(found) -> Totals:
    """The sum over records, as the books would have it."""
    used = [record.usage for record in found if record.usage]
    return Totals(
        len(used),
        sum(u.input_tokens for u in used),
        sum(u.output_tokens for u in used),
        sum(u.cost for u in used),
    )


def assert_exact(bench, now: float) -> None:
    """The sum over turns equals every total, and nothing is left open."""
    month = books(bench, now)
    assert month.open == ()
    assert (
        added(records(bench, now)) == month.total == month.days[day_of(now)] == month.models[MODEL]
    )
    parts = list(month.guests.values())
    assert (
        Totals(*(sum(getattr(part, name) for part in parts) for name in Totals.__slots__))
        == month.total
    )
    assert month.committed == month.committed_by_day[day_of(now)] == month.total.cost


@pytest.mark.parametrize(
    ("spent", "what", "lifts"),
    [
        (4.9999, "This month's", "2026-12-01T00:00:00.000Z"),
        (0.9999, "Today's", "2026-11-23T00:00:00.000Z"),
    ],
)
def test_a_used_up_budget_refuses_and_says_when_it_lifts(
    bench, token, model, clock, spent, what, lifts
):
    spend(bench, spent, NOON if what == "Today's" else NOON - 86_400)
    refused = bench.ask(token)
    assert (refused.status, refused.code) == (503, "budget_exhausted")
    assert refused.body["detail"] == f"{what} budget is used up; it lifts at {lifts}."
    me = bench.call("GET /me", token=token).body
    assert (me["llm"]["state"], me["llm"]["paused_until"], me["quota"]["used"]) == (
        "paused",
        lifts,
        0,
    )
    (frame,) = bench.chat("c1", token, "Hi", new_id())
    assert (frame["code"], frame["retry_after"]) == (
        "budget_exhausted",
        refused.body["retry_after"],
    )
    assert model.calls == 0
    assert bench.conversations(token) == []

    clock.now += refused.body["retry_after"]
    model.says("Again.")
    assert bench.call("GET /me", token=token).body["llm"]["state"] == "on"
    assert bench.ask(token).status == 200


def test_a_turn_that_may_not_fit_is_refused_before_anything_is_stored(bench, table, token, model):
    # Room for the shortest turn, but not for this one: 16,000 bytes may be as many tokens.
    spend(bench, 0.9990, NOON)
    assert bench.call("GET /me", token=token).body["llm"]["state"] == "on"
    refused = bench.call("POST /chat", token=token, body={"text": "x " * 8_000})
    assert (refused.code, model.calls) == ("budget_exhausted", 0)
    assert {item["pk"].split("#")[0] for item in table.scan()["Items"]} == {
        "GUEST",
        "NAMES",
        "STACK",
    }
    model.says("Short.")
    assert bench.ask(token).status == 200


def test_every_turn_is_on_record_and_the_records_add_up_to_the_totals(bench, invite, model):
    ana, bia = invite("ana"), invite("bia")
    model.says("Three short words.")
    whole = bench.chat("c1", ana, "Hi", new_id())
    model.says("one two three", cut_after=2)
    cut = bench.chat("c1", bia, "Hi", new_id())
    model.says(error="ThrottlingException", times=3)
    nothing = bench.chat("c1", ana, "Hi", new_id())
    model.faults.clear()
    model.says("For a program.")
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    assert bench.call("POST /v1/chat/completions", token=bia, body=body).status == 200

    assert_exact(bench, NOON)
    found = {turn.reply_id: record for turn, (record,) in bench.store.turn_log.of_day(day_of(NOON))}
    first, estimated, refused = (
        found.pop(frames[0]["reply_id"]) for frames in (whole, cut, nothing)
    )
    (completion,) = found.values()
    outcomes = [record.outcome for record in (first, estimated, refused, completion)]
    assert outcomes == ["complete", "model_unavailable", "model_busy", "complete"]
    assert (first.usage, refused.usage) == (
        Usage(IN, 3, cost=IN * INPUT_PRICE + 3 * OUTPUT_PRICE),
        None,
    )
    assert estimated.usage.estimated
    assert first.milliseconds > 0
    assert whole[-1]["message"]["usage"] == {
        "input_tokens": IN,
        "output_tokens": 3,
        "cost_usd": first.usage.cost / USD,
    }
    assert (cut[-1]["type"], nothing[-1]["type"]) == ("failed", "failed")


def test_a_stopped_reply_is_estimated_and_says_so(bench, token, model):
    model.says(reply_tokens=300, pace=0.02)
    bench.begin("c1", token)
    until(lambda: len(bench.frames("c1")) > 2, "the reply grows")
    bench.call("POST /messages/{id}/stop", token=token, id=bench.frames("c1")[0]["reply_id"])
    bench.invoker.settle()
    last = bench.frames("c1")[-1]["message"]
    assert (last["status"], last["usage"]["estimated"]) == ("stopped", True)
    assert_exact(bench, NOON)


def test_a_try_that_was_cut_before_its_first_word_is_paid_for_by_estimate(bench, token, model):
    model.says("Never heard", cut_after=0)
    model.says("Second try.")
    usage = bench.chat("c1", token, "Hi", new_id())[-1]["message"]["usage"]
    assert usage["estimated"] is True
    assert usage["input_tokens"] > IN
    assert_exact(bench, NOON)


def test_each_attempt_at_a_reply_has_its_own_record(bench, token, model):
    ask = {"text": "Hi", "message_id": new_id()}
    model.says("one two three", cut_after=2)
    assert bench.chat("c1", token, **ask)[-1]["type"] == "failed"
    model.says("At last.")
    assert bench.chat("c1", token, **ask)[-1]["message"]["status"] == "complete"
    ((turn, attempts),) = bench.store.turn_log.of_day(day_of(NOON))
    assert (turn.attempt, [record.outcome for record in attempts]) == (
        1,
        ["model_unavailable", "complete"],
    )
    assert_exact(bench, NOON)


def test_a_deleted_conversation_stays_in_the_books(bench, token, model):
    model.says("Soon gone.")
    frames = bench.chat("c1", token, "Hi", new_id())
    bench.call("DELETE /conversations", token=token)
    assert_exact(bench, NOON)
    for route in ("GET /messages/{id}", "POST /messages/{id}/stop"):
        assert bench.call(route, token=token, id=frames[0]["reply_id"]).status == 404


def a_reservation(bench, token: str, cost: int = USD // 2) -> Reservation:
    """Half of the day's limit, reserved by a turn that never comes back."""
    reservation = Reservation(
        new_id(NOON), 0, bench.app.http.admission.guest(token).id, MODEL, day_of(NOON), cost
    )
    assert bench.store.ledger.reserve(reservation, bench.app.http.budget.limits, now=NOON).holds(
        reservation
    )
    return reservation


def test_a_write_that_the_sdk_repeats_counts_once(bench, token):
    ledger, limits = bench.store.ledger, bench.app.http.budget.limits
    reservation = a_reservation(bench, token)
    # The second write finds the first one's entry: that is its success.
    assert ledger.reserve(reservation, limits, now=NOON).committed == reservation.cost
    assert ledger.settle(reservation, Usage(1, 1, cost=350)) is True
    assert ledger.settle(reservation, Usage(1, 1, cost=350)) is False
    assert ledger.settle(reservation, None) is False
    assert (books(bench, NOON).committed, books(bench, NOON).total.turns) == (350, 1)


def test_a_turn_that_crashed_in_mid_reply_is_charged_all_it_reserved_by_the_next_one(
    bench, token, model, clock
):
    crashed = a_reservation(bench, token)
    turn = Turn(crashed.guest_id, "", "", crashed.reply_id)
    bench.store.turn_log.begin(
        turn, bench.app.http.budget.begun(build_prompt("", [], "Hi"), CARDS), now=NOON
    )
    clock.now = NOON + ABANDONED + 1
    model.says("Later.")
    assert bench.ask(token).status == 200
    assert_exact(bench, NOON)
    assert books(bench, NOON).total.cost == crashed.cost + IN * INPUT_PRICE + OUTPUT_PRICE
    (record,) = next(
        attempts
        for found, attempts in bench.store.turn_log.of_day(day_of(NOON))
        if found.reply_id == crashed.reply_id
    )
    assert (record.outcome, record.usage.estimated) == ("crashed", True)
    # Should it live after all, it cannot be counted again.
    assert bench.store.ledger.settle(crashed, Usage(1, 1, cost=350)) is False


def test_what_a_turn_reserved_that_never_began_is_given_back_as_soon_as_it_is_needed(
    bench, token, model, clock
):
    a_reservation(bench, token, cost=USD - 1)
    assert bench.ask(token).code == "budget_exhausted"
    clock.now = NOON + ABANDONED + 1
    model.says("Room again.")
    assert bench.ask(token).status == 200
    assert_exact(bench, NOON)


def test_a_crash_between_record_and_settlement_books_what_the_record_says(
    bench, token, model, clock, monkeypatch
):
    def lost(*_):
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    with monkeypatch.context() as broken:
        broken.setattr(bench.app.http.store.ledger, "settle", lost)
        model.says("Heard.")
        frames = bench.chat("c1", token, "Hi", new_id())
    assert frames[-1]["type"] == "failed"
    assert bench.message(token, frames[0]["reply_id"])["text"] == "Heard."
    assert len(books(bench, NOON).open) == 1
    clock.now = NOON + ABANDONED + 1
    assert bench.app.http.budget.recover(books(bench, NOON)) == 1
    assert_exact(bench, NOON)
    assert books(bench, NOON).total == Totals(1, IN, 1, IN * INPUT_PRICE + OUTPUT_PRICE)


def test_a_turn_that_ends_in_the_next_month_is_booked_where_it_was_reserved(
    bench, token, model, clock
):
    clock.now = MIDNIGHT - 1
    model.says("Happy December!", pace=2)
    bench.begin("c1", token)
    until(lambda: books(bench, MIDNIGHT - 1).open, "the turn has reserved its cost")
    clock.now = MIDNIGHT + 1
    bench.invoker.settle()
    assert_exact(bench, MIDNIGHT - 1)
    assert books(bench, MIDNIGHT).total == Totals()
    assert bench.call("GET /me", token=token).body["spend"] | {"limit_usd": 0} == {
        "month": "2026-12",
        "usd": 0,
        "limit_usd": 0,
        "day_usd": 0,
        "day_limit_usd": 1,
        "forecast_usd": 0,
        "replies": 0,
        "usd_per_reply": None,
    }


def test_two_functions_whose_clocks_differ_around_midnight_keep_each_days_limit(
    bench, table, model, settings, token
):
    early, late = (
        make_bench(table, model, settings, MovableClock(MIDNIGHT + shift)) for shift in (-0.5, 0.5)
    )
    spend(early, 0.9999, MIDNIGHT - 1)
    assert early.call("POST /chat", token=token, body={"text": "Hi"}).code == "budget_exhausted"
    model.says("A new day.")
    assert late.call("POST /chat", token=token, body={"text": "Hi"}).status == 200
    # The clock that lags still books on the old day, whose limit holds.
    assert early.call("POST /chat", token=token, body={"text": "Hi"}).status in (429, 503)
    assert books(early, MIDNIGHT - 1).committed_by_day["2026-11-30"] <= USD
    assert books(late, MIDNIGHT).total.turns == 1


def test_a_turn_dearer_than_a_whole_limit_is_refused_without_a_write(bench, token):
    budget = bench.app.http.budget
    budget.limits = replace(budget.limits, daily=1)
    turn, prompt = Turn("someone", "", "", new_id(NOON)), build_prompt("", [], "Hi")
    with pytest.raises(BudgetExhausted), budget.reserved(turn, prompt, CARDS):
        pass
    assert books(bench, NOON).committed == 0


def test_two_tries_of_each_model_and_the_longest_reply_of_the_dearest_are_set_aside(bench):
    budget, prompt = bench.app.http.budget, build_prompt("", [], "Hi")
    turn, cards = Turn("someone", "", "", new_id(NOON)), [*CARDS, card_for(STAND_IN, "us-east-1")]
    with budget.reserved(turn, prompt, cards) as reservation:
        assert reservation.cost == (
            2 * prompt.most_tokens() * (INPUT_PRICE + STAND_INS_INPUT_PRICE)
            + budget.max_tokens * OUTPUT_PRICE
        )
        assert books(bench, NOON).committed == reservation.cost


def test_the_model_is_off_when_its_time_is_over_and_a_turn_that_runs_then_ends_normally(
    bench, token, model, clock
):
    bench.store.switch.switch_on(until=int(NOON) + 60)
    assert bench.call("GET /me", token=token).body["llm"]["on_until"] == "2026-11-22T12:01:00.000Z"
    model.says("One long pause", pace=1)
    bench.begin("c1", token)
    until(lambda: books(bench, NOON).open, "the turn has reserved its cost")
    clock.now = NOON + 60
    assert bench.call("GET /me", token=token).body["llm"]["state"] == "off"
    assert bench.ask(token).code == "llm_off"
    bench.invoker.settle()
    assert bench.frames("c1")[-1]["message"]["status"] == "complete"
    assert bench.call("GET /conversations", token=token).status == 200
    assert_exact(bench, NOON)
