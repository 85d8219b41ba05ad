"""The month's books are as large as scripts/costs/scale.py says."""

from datetime import UTC, datetime

import pytest
from boto3.dynamodb.types import TypeSerializer

from handler.ids import new_id
from handler.money import Reservation, SpendingLimits
from handler.values import Usage, day_of
from scripts.bench.units import size
from scripts.costs.scale import BOOKS_BYTES, GUEST_BYTES
from tests.support.lambda_bench import NOON, make_bench

DAYS, GUESTS = 28, 12
MODEL = "mistral.mistral-7b-instruct-v0:2"
UNLIMITED = SpendingLimits(10**15, 10**15)


def test_the_item_is_as_large_as_reckoned(table, model, settings):
    bench, now = make_bench(table, model, settings), NOON
    month = day_of(now)[:7]

    def item_bytes() -> int:
        item = table.get_item(Key={"pk": "STACK", "sk": f"BOOKS#{month}"})["Item"]
        return size({name: TypeSerializer().serialize(value) for name, value in item.items()})

    def reply(guest_id: str, day: int) -> None:
        date = f"{month}-{day:02}"
        reservation = Reservation(new_id(now), 1, guest_id, MODEL, date, 90_000_001)
        at = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
        bench.store.ledger.reserve(reservation, UNLIMITED, now=at)
        # As many tokens as a guest's whole month.
        bench.store.ledger.settle(reservation, Usage(450_000, 112_501, cost=90_000_001))

    first = new_id(now)
    for day in range(1, DAYS + 1):
        reply(first, day)
    before = item_bytes()
    for _ in range(GUESTS):
        reply(new_id(now), DAYS)
    print(before, item_bytes())
    assert item_bytes() - before == pytest.approx(GUESTS * GUEST_BYTES, rel=0.05)
    assert before == pytest.approx(BOOKS_BYTES + GUEST_BYTES, rel=0.1)
