"""Fifty turns at once over a DynamoDB with atomic conditional writes, the emulator's: the limit
holds, the books are exact."""

import random
import threading
from dataclasses import replace

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

from handler.chat.budget import ABANDONED
from handler.money import SpendingLimits
from handler.tokens import hash_token, new_token
from handler.values import day_of, month_of
from tests.contract.test_ledger import assert_exact
from tests.support.lambda_bench import NOON, MovableClock, hooked, make_bench
from tests.support.planned_table import make_table

TURNS, FUNCTIONS = 50, 4
# Nano-USD: room for some 16 of the turns below at the most that they can cost.
CAP = 2_000_000


@pytest.fixture
def emulated(bare_aws):
    """The emulator's DynamoDB, in a process of its own."""
    config = Config(max_pool_connections=TURNS, retries={"total_max_attempts": 1})
    return boto3.resource("dynamodb", endpoint_url=bare_aws, config=config)


@pytest.fixture
def functions(emulated, table_plan, model, settings):
    """Several functions over one table, as Lambda runs them beside each other; each with its own
    clock, within a second."""
    table = make_table(emulated, table_plan)
    limited = replace(settings, limits=SpendingLimits(5_000 * CAP, CAP))
    return [
        make_bench(table, model, limited, MovableClock(NOON + shift / FUNCTIONS))
        for shift in range(FUNCTIONS)
    ]


def guests(bench, number: int) -> list[str]:
    tokens = [new_token() for _ in range(number)]
    for n, token in enumerate(tokens):
        bench.store.guests.create(
            name=f"guest {n}", token_hash=hash_token(token), days=1, daily_limit=1_000, now=NOON
        )
    return tokens


def wave(functions: list, tokens: list[str]) -> list:
    """TURNS turns at the same moment; their answers."""
    start, answers = threading.Barrier(TURNS), []

    def turn(n: int) -> None:
        start.wait()
        answers.append(
            functions[n % FUNCTIONS].call(
                "POST /chat", token=tokens[n % len(tokens)], body={"text": "Hi"}
            )
        )

    threads = [threading.Thread(target=turn, args=(n,)) for n in range(TURNS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_concurrent_turns_never_overshoot_the_limit(functions, model):
    tokens = guests(functions[0], 5)
    # All replies run at once: nothing is settled before the last one has asked.
    model.says(reply_tokens=512, delay=5, times=0)
    tried = admitted = 0
    report = []
    while True:
        answers = wave(functions, tokens)
        codes = [answer.body.get("code") for answer in answers]
        assert set(codes) <= {None, "budget_exhausted"}
        books = functions[0].store.ledger.read(month=month_of(NOON))
        assert books.total.cost <= books.committed == books.total.cost <= CAP
        tried, admitted = tried + TURNS, admitted + codes.count(None)
        report.append(
            f"{codes.count(None)} of {TURNS} admitted, {books.total.cost / 1e9:.6f} USD spent"
        )
        if not codes.count(None):
            break
    assert_exact(functions[0], NOON)
    assert model.calls == admitted == books.total.turns
    assert books.total.cost > 0.9 * CAP
    print(f"cap {CAP / 1e9} USD; {tried} turns tried, {admitted} admitted; " + "; ".join(report))


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_the_books_are_exact_although_writes_fail_or_their_answers_are_lost(
    functions, model, moment
):
    tokens = guests(functions[0], 5)
    model.says(reply_tokens=20, pace=0.001, times=0)
    chance, lost = random.Random(20261122), []

    def lose(**_) -> None:
        if chance.random() < 0.1:
            lost.append(1)
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

    writes = ("PutItem", "UpdateItem", "TransactWriteItems")
    with hooked(functions[0].table, lose, *writes, moment=moment):
        answers = wave(functions, tokens)
    assert len(lost) > 5
    assert any(answer.status == 200 for answer in answers)

    bench = functions[0]
    bench.app.http.clock.now = NOON + ABANDONED + 10
    books = bench.store.ledger.read(month=month_of(NOON))
    bench.app.http.budget.recover(books)
    assert_exact(bench, NOON)
    assert bench.store.ledger.read(month=month_of(NOON)).committed_by_day[day_of(NOON)] <= CAP
    print(
        f"{moment}: {len(lost)} writes lost, {len(books.open)} of {TURNS} turns settled by "
        f"the sweep"
    )
