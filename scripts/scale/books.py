"""The month's books: one item, which every turn writes twice and which grows with the guests
(handler/store/ledger.py)."""

import math

from boto3.dynamodb.types import TypeSerializer

from scripts.bench.units import READ_BYTES, WRITE_BYTES, size

# The largest item that DynamoDB takes (bytes), and what one partition takes in a second (write
# units), Developer Guide, "Quotas".
LARGEST = 400 * 1_024
PARTITION_WRITES = 1_000
# What a turn does to the item, and what reads it: the door, once for a turn, and `GET /me`, once
# for a visit.
WRITES_A_TURN = 2
_ID = "01JD0000000000000000000000"


def books_bytes(
    guests: int, *, days: int = 31, replies: int = 300, tokens: int = 450_000, open_turns: int = 0
) -> int:
    """Bytes of a month's item with so many guests, each of whom had `replies` and `tokens`, and so
    many turns under way."""
    each = {"n": replies + 1, "in": tokens, "out": tokens // 4 + 1, "cost": tokens * 200 + 1}
    entry = {"since": 1_795_403_825, "day": "30", "cost": 384_800_001}
    empty = {
        "pk": "STACK",
        "sk": "BOOKS#2026-11",
        "committed": 10**12 + 1,
        "committed#30": 10**11 + 1,
        "total": each,
    }
    held = empty | {
        "days": {f"{day:02}": each for day in range(days)},
        "models": {"mistral.mistral-7b-instruct-v0:2": each},
    }
    held |= {"guests": {}, "open": {}}
    serialize = TypeSerializer().serialize
    # A guest's entry, and an open turn's, once: every one of them is as large.
    fixed = size({name: serialize(value) for name, value in held.items()})
    return (
        fixed
        + guests * (_entry(_ID, each, serialize))
        + open_turns * _entry(f"{_ID}.1", entry, serialize)
    )


def write_units(item_bytes: int) -> int:
    """Of one write of the item."""
    return max(1, math.ceil(item_bytes / WRITE_BYTES))


def consistent_read_units(item_bytes: int) -> int:
    """Of one read of the item."""
    return max(1, math.ceil(item_bytes / READ_BYTES))


def _entry(name: str, value: dict, serialize) -> int:
    return 1 + size({name: serialize(value)})
