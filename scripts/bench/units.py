"""What DynamoDB bills on demand, by the rules of its Developer Guide; items are in its own JSON,
such as {"pk": {"S": "a"}}.

Pages: "Read and write operations", "DynamoDB item sizes and formats", "Local secondary indexes".
The emulator's own ConsumedCapacity knows neither sizes nor indexes."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

WRITE_BYTES, READ_BYTES = 1_024, 4_096
# Storage: what each item and each index entry takes besides its attributes.
OVERHEAD = 100

Item = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index: its sort key, and all attributes that an entry holds."""

    key: str
    attributes: frozenset[str]

    def entry(self, item: Item | None) -> Item | None:
        """What the index holds of an item; None when the item has no such key."""
        if item is None or self.key not in item:
            return None
        return {name: value for name, value in item.items() if name in self.attributes}

    def write_units(self, before: Item | None, after: Item | None) -> int:
        """One unit for each KB of an entry put, deleted or changed; a changed key is a delete and a
        put."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return 0
        if old and new and old[self.key] == new[self.key]:
            return _writes(max(size(old), size(new)))
        return sum(_writes(size(entry)) for entry in (old, new) if entry)


def size(item: Item) -> int:
    """Bytes of an item: its names and values in UTF-8."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def write_units(
    before: Item | None,
    after: Item | None,
    indexes: Iterable[Index] = (),
    *,
    transaction: bool = False,
) -> int:
    """One write that succeeded: the larger of both states counts, and a transaction takes
    everything twice, index entries too."""
    largest = max(size(before or {}), size(after or {}))
    units = _writes(largest) + sum(index.write_units(before, after) for index in indexes)
    return units * 2 if transaction else units


def refused_units(existing: Item | None, *, transaction: bool = False) -> int:
    """One write that its condition refused: billed by the item that is there, 1 unit at least."""
    return write_units(existing, existing, transaction=transaction)


def read_units(read_bytes: int, *, consistent: bool = False, transaction: bool = False) -> float:
    """One read: 4 KB steps, half a unit each unless strongly consistent, two in a transaction. What
    is not there costs a step."""
    steps = max(1, math.ceil(read_bytes / READ_BYTES))
    if transaction:
        return steps * 2
    return steps if consistent else steps * 0.5


def stored_bytes(items: Iterable[Item], indexes: Iterable[Index] = ()) -> int:
    """What the items and their index entries take of the storage that is billed."""
    indexes = tuple(indexes)
    held = [each for item in items for each in (item, *(index.entry(item) for index in indexes))]
    return sum(size(entry) + OVERHEAD for entry in held if entry)


def _writes(written: int) -> int:
    return max(1, math.ceil(written / WRITE_BYTES))


def _value(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return _number(held)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _value(one) for one in held)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value(one) for name, one in held.items())
    raise ValueError(f"the meter does not know the size of type {kind}")


def _number(text: str) -> int:
    """One byte for two significant digits, and one; zeros at either end are none."""
    digits = text.lower().split("e")[0].lstrip("+-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1
