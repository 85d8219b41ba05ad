"""When a model cannot answer: the next one does, before the first word and for the right causes
only; it is paid, said and left alone."""

import time

import pytest

from handler.ids import new_id
from handler.settings import Settings
from handler.store import Store
from handler.values import day_of, month_of
from tests.support.lambda_bench import NOON, MovableClock, make_bench

MISTRAL, MINISTRAL, NOVA = (
    "mistral.mistral-7b-instruct-v0:2",
    "mistral.ministral-3-8b-instruct",
    "amazon.nova-micro-v1:0",
)


@pytest.fixture
def clock():
    return MovableClock(NOON)


@pytest.fixture
def bench(table, model, environment_of_function, clock):
    settings = Settings.read(
        environment_of_function | {"FALLBACK_MODEL_IDS": f"{MINISTRAL} {NOVA}"}
    )
    return make_bench(table, model, settings, clock)


def ask(bench, token: str, **more) -> dict:
    return bench.call("POST /chat", token=token, body={"text": "Hi", **more})


def asked(model) -> list[str]:
    return [call["model"] for call in model.faults.report()["recent"]]


def llm(bench, token: str) -> dict:
    return bench.call("GET /me", token=token).body["llm"]


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        ({"error": "ResourceNotFoundException"}, 1),
        ({"error": "ThrottlingException"}, 3),
        ({"error": "ModelNotReadyException"}, 3),
        ({"error": "InternalServerException"}, 3),
        ({"error": "ServiceUnavailableException"}, 3),
        ({"error": "ModelTimeoutException"}, 2),
        ({"error": "ModelErrorException"}, 2),
        ({"reply": "", "cut_after": 0}, 2),
        ({"reply": "x", "exception_after": 0, "exception": "throttlingException"}, 3),
        ({"reply": "x", "exception_after": 0, "exception": "modelStreamErrorException"}, 2),
    ],
    ids=str,
)
def test_the_next_model_answers_where_the_first_one_cannot(bench, token, model, fault, tries):
    model.says(**fault, model=MISTRAL, times=0)
    model.says("From the second.")
    began = time.monotonic()
    answer = ask(bench, token)
    print(f"{fault} -> {answer.body['reply']['model']} after {time.monotonic() - began:.2f} s")
    assert (answer.body["reply"]["text"], answer.body["reply"]["model"]) == (
        "From the second.",
        MINISTRAL,
    )
    assert asked(model) == [MISTRAL] * tries + [MINISTRAL]


@pytest.mark.parametrize(
    ("error", "code"),
    [("AccessDeniedException", "model_disabled"), ("ValidationException", "internal")],
)
def test_a_denial_and_a_refusal_stay_what_they_are(bench, token, model, error, code):
    model.says(error=error)
    assert ask(bench, token).code == code
    assert asked(model) == [MISTRAL]
    assert llm(bench, token)["models"][0]["state"] == "ready"


def test_after_the_first_word_nobody_else_goes_on(bench, token, model):
    model.says("one two three", cut_after=1)
    answer = ask(bench, token)
    assert answer.code == "model_unavailable"
    assert asked(model) == [MISTRAL]
    conversation = bench.conversations(token)[0]["id"]
    reply = bench.messages(token, conversation)[1]
    assert (reply["text"], reply["status"], reply["model"]) == ("one ", "failed", MISTRAL)


def test_the_third_model_answers_where_two_cannot_and_is_told_the_persona_as_it_takes_it(
    bench, token, model
):
    model.says(error="ResourceNotFoundException", model=MISTRAL)
    model.says(error="ResourceNotFoundException", model=MINISTRAL)
    model.says("From the third.")
    assert ask(bench, token).body["reply"]["model"] == NOVA
    assert [bool(body.get("system")) for body in model.asked] == [False, True, True]


def test_when_all_fail_the_last_ones_reason_is_told_and_nothing_is_booked(bench, token, model):
    model.says(error="ResourceNotFoundException", times=2)
    model.says(error="ThrottlingException", times=0)
    assert ask(bench, token).code == "model_busy"
    books = bench.store.ledger.read(month=month_of(NOON))
    assert (books.committed, books.total.turns, books.open) == (0, 0, ())


def test_the_reply_is_paid_at_the_price_of_the_model_that_wrote_it(bench, token, model):
    model.says(error="ResourceNotFoundException", model=MISTRAL)
    model.says(error="ResourceNotFoundException", model=MINISTRAL)
    model.says("two words")
    usage = ask(bench, token).body["reply"]["usage"]
    assert usage["cost_usd"] == pytest.approx((10 * 0.035 + 2 * 0.14) / 1e6)
    books = bench.store.ledger.read(month=month_of(NOON))
    assert books.models[NOVA].turns == 1
    assert books.models[NOVA].cost == books.total.cost == books.committed
    [(_, [record])] = bench.store.turn_log.of_day(day_of(NOON))
    assert record.model_id == NOVA


def test_a_try_that_broke_off_is_paid_at_its_own_models_price(bench, token, model):
    model.says("", cut_after=0, model=MISTRAL, times=2)
    model.says("Fine.")
    reply = ask(bench, token).body["reply"]
    assert reply["usage"]["estimated"]
    lost = (reply["usage"]["input_tokens"] - 10) // 2
    assert reply["usage"]["cost_usd"] == pytest.approx(
        (2 * lost * 0.15 + 10 * 0.15 + 1 * 0.15) / 1e6
    )


def test_no_turn_costs_more_than_was_reserved_for_it(bench, token, model):
    for name in (MISTRAL, MINISTRAL):
        model.says("", cut_after=0, model=name, times=2)
    model.says("", cut_after=0, model=NOVA)
    model.says("word " * 512)
    seen = []
    settle = bench.store.ledger.settle
    ledger = bench.app.http.store.ledger
    ledger.settle = lambda reservation, usage: (
        seen.append((reservation.cost, usage.cost)) or settle(reservation, usage)
    )
    assert ask(bench, token).status == 200
    [(reserved, cost)] = seen
    assert 0 < cost <= reserved


def test_a_failing_model_is_left_alone_for_a_growing_while_and_asked_again(
    bench, token, model, clock
):
    model.says(error="ResourceNotFoundException", model=MISTRAL, times=2)
    model.says(reply="Fine.", times=0)
    rests = []
    for _ in range(2):
        assert ask(bench, token).body["reply"]["model"] == MINISTRAL
        state = llm(bench, token)
        assert (state["model"], state["models"][0]["state"]) == (MINISTRAL, "resting")
        rests.append(bench.store.switch.read(now=clock())[0].cooldowns[MISTRAL].until - clock())
        calls = len(asked(model))
        assert ask(bench, token).body["reply"]["model"] == MINISTRAL
        assert asked(model)[calls:] == [MINISTRAL]
        clock.now += rests[-1] + 1
    assert rests == [15, 30]
    assert ask(bench, token).body["reply"]["model"] == MISTRAL
    assert llm(bench, token)["models"][0] == {
        "id": MISTRAL,
        "name": "Mistral 7B Instruct",
        "state": "ready",
    }


def test_where_all_rest_the_one_whose_rest_ends_first_is_tried(bench, token, model):
    model.says(error="ResourceNotFoundException", times=3)
    assert ask(bench, token).code == "model_unavailable"
    calls = len(asked(model))
    model.says("Awake.")
    assert ask(bench, token).status == 200
    assert len(asked(model)) == calls + 1


def test_switching_on_wakes_every_model(bench, token, model, table):
    model.says(error="ResourceNotFoundException", model=MISTRAL)
    model.says("Fine.")
    ask(bench, token)
    Store(table).switch.switch_on(until=4_000_000_000)
    assert llm(bench, token)["models"][0]["state"] == "ready"


def test_over_a_socket_the_switch_of_the_door_is_the_turns(bench, token, model):
    model.says(error="ResourceNotFoundException", model=MISTRAL)
    model.says("Fine.")
    assert bench.chat("c1", token, "Hi", new_id())[-1]["message"]["model"] == MINISTRAL
    model.says("Fine again.")
    calls = len(asked(model))
    assert bench.chat("c1", token, "Hi", new_id())[-1]["message"]["status"] == "complete"
    assert asked(model)[calls:] == [MINISTRAL]
