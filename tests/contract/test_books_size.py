"""The month's books grow as scripts/scale says they do."""

import time

import pytest
from boto3.dynamodb.types import TypeSerializer

from handler.ids import new_id
from handler.money import Reservation, SpendingLimits
from handler.values import Usage, day_of
from scripts.bench.units import size
from scripts.scale.books import books_bytes
from tests.support.lambda_bench import make_bench

GUESTS, REPLIES, IN, OUT = 12, 15, 1_500, 376
MODEL = "mistral.mistral-7b-instruct-v0:2"


def test_the_item_is_as_large_as_reckoned(table, model, settings):
    bench, now = make_bench(table, model, settings), time.time()

    def item_bytes() -> int:
        item = table.get_item(Key={"pk": "STACK", "sk": f"BOOKS#{day_of(now)[:7]}"})["Item"]
        return size({name: TypeSerializer().serialize(value) for name, value in item.items()})

    def turns(guests: int) -> None:
        for guest_id in [new_id(now) for _ in range(guests)]:
            for _ in range(REPLIES):
                reservation = Reservation(new_id(now), 1, guest_id, MODEL, day_of(now), 384_800_001)
                bench.store.ledger.reserve(reservation, SpendingLimits(10**15, 10**15), now=now)
                bench.store.ledger.settle(reservation, Usage(IN, OUT, cost=300_001))

    turns(1)
    before = item_bytes()
    turns(GUESTS)
    reckoned = [
        books_bytes(guests, days=1, replies=REPLIES, tokens=IN * REPLIES)
        for guests in (1, 1 + GUESTS)
    ]
    assert item_bytes() - before == pytest.approx(reckoned[1] - reckoned[0], rel=0.05)
    assert before == pytest.approx(reckoned[0], rel=0.1)
