"""Counts what the table's calls cost: reads each request and answer, and knows every item's state
before and after."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scripts.bench import units
from scripts.bench.units import Index, Item

REFUSED, CANCELLED = "ConditionalCheckFailedException", "TransactionCanceledException"


@dataclass(slots=True)
class Uses:
    """Units used, and what for: by operation and kind of item, such as "UpdateItem GUEST"."""

    reads: Counter = field(default_factory=Counter)
    writes: Counter = field(default_factory=Counter)


class TableMeter:
    """One table. `client` is DynamoDB's, past the meter: the meter's own reads are not counted."""

    def __init__(self, client, name: str):
        self._client, self._name = client, name
        described = client.describe_table(TableName=name)["Table"]
        keys = {part["AttributeName"] for part in described["KeySchema"]}
        self.indexes = {
            found["IndexName"]: _index(found, keys)
            for found in described.get("LocalSecondaryIndexes", [])
        }
        pages = client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        self._items = {_key(item): item for page in pages for item in page["Items"]}
        self.uses = Uses()

    def stored(self) -> int:
        """Bytes of storage that the table takes by now."""
        return units.stored_bytes(self._items.values(), self.indexes.values())

    def count(self, operation: str, asked: Mapping, status: int, said: Mapping) -> None:
        """One call. Raises ValueError for an operation that nobody has taught it."""
        error = said.get("__type", "").rpartition("#")[2] if status != 200 else ""
        if status != 200 and error not in (REFUSED, CANCELLED):
            return  # throttled or invalid: not billed
        match operation:
            case "GetItem":
                self._read(operation, asked["Key"], asked.get("ConsistentRead", False))
            case "BatchGetItem":
                wanted = asked["RequestItems"][self._name]
                for key in wanted["Keys"]:
                    self._read(operation, key, wanted.get("ConsistentRead", False))
            case "TransactGetItems":
                for one in asked["TransactItems"]:
                    self._read(operation, one["Get"]["Key"], transaction=True)
            case "Query" | "Scan":
                self._search(operation, asked, said)
            case "PutItem" | "UpdateItem" | "DeleteItem":
                self._write(operation, asked, refused=bool(error))
            case "TransactWriteItems":
                for one in asked["TransactItems"]:
                    ((kind, entry),) = one.items()
                    self._write(
                        f"Transact{kind}",
                        entry,
                        refused=bool(error) or kind == "ConditionCheck",
                        transaction=True,
                    )
            case "BatchWriteItem":
                for one in asked["RequestItems"][self._name]:
                    ((kind, entry),) = one.items()
                    self._write(f"Batch{kind.removesuffix('Request')}", entry)
            case _:
                raise ValueError(f"the meter does not know what DynamoDB bills for {operation}")

    def _write(
        self, operation: str, entry: Mapping, *, refused: bool = False, transaction: bool = False
    ) -> None:
        key = {name: (entry.get("Item") or entry.get("Key"))[name] for name in ("pk", "sk")}
        before = self._known(key)
        if refused:
            self.uses.writes[_label(operation, key)] += units.refused_units(
                before, transaction=transaction
            )
            return
        after = (
            entry.get("Item")
            if "Item" in entry
            else None
            if "Delete" in operation
            else self._now(key)
        )
        self.uses.writes[_label(operation, key)] += units.write_units(
            before, after, self.indexes.values(), transaction=transaction
        )
        if after:
            self._items[_key(key)] = after
        else:
            self._items.pop(_key(key), None)

    def _read(
        self, operation: str, key: Item, consistent: bool = False, *, transaction: bool = False
    ) -> None:
        found = units.size(self._known(key) or {})
        self.uses.reads[_label(operation, key)] += units.read_units(
            found, consistent=consistent, transaction=transaction
        )

    def _search(self, operation: str, asked: Mapping, said: Mapping) -> None:
        """All that was looked at counts, whole, before filters and projections take their part
        away: sizes add up first."""
        if any(name in asked for name in ("FilterExpression", "ProjectionExpression", "Select")):
            raise ValueError(
                f"the meter cannot see all that a {operation} with a filter or a projection reads"
            )
        index = self.indexes[asked["IndexName"]] if "IndexName" in asked else None
        whole = sum(
            units.size((index.entry(item) if index else item) or {}) for item in said["Items"]
        )
        sought = next(iter(asked.get("ExpressionAttributeValues", {}).values()), {"S": "?"})
        label = f"{operation} {_kind(sought)}" + (f" by {index.key}" if index else "")
        self.uses.reads[label] += units.read_units(
            whole, consistent=asked.get("ConsistentRead", False)
        )

    def _known(self, key: Item) -> Item | None:
        return self._items.get(_key(key))

    def _now(self, key: Item) -> Item | None:
        return self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")


def _index(found: Mapping, keys: set[str]) -> Index:
    (sort,) = (part["AttributeName"] for part in found["KeySchema"] if part["KeyType"] == "RANGE")
    return Index(
        sort, frozenset(keys | {sort} | set(found["Projection"].get("NonKeyAttributes", ())))
    )


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _label(operation: str, key: Item) -> str:
    kind = "TURN" if _kind(key["pk"]) == "TURNS" else _kind(key["sk"])
    return f"{operation} {kind}"


def _kind(value: Mapping) -> str:
    """What kind of item a key belongs to: ids and hashes left out."""
    return str(value.get("S", "?")).split("#")[0]


def since(now: Uses, then: Uses) -> Iterator[tuple[str, str, float]]:
    """What was used between two states: ("read" or "write", what for, units)."""
    for name, late, early in (("read", now.reads, then.reads), ("write", now.writes, then.writes)):
        yield from (
            (name, what, late[what] - early[what])
            for what in sorted(late)
            if late[what] != early[what]
        )
