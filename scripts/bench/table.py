"""Counts what the table's calls cost: reads each request and answer, and knows every item's state
before and after."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from scripts.bench import units
from scripts.bench.units import Index, Item

REFUSED = ("ConditionalCheckFailedException", "TransactionCanceledException")


class TableMeter:
    """One table. `client` is DynamoDB's, past the meter: its own reads are not counted. `units`
    counts by what they were for: ("read" or "write", an operation and a kind of item), such as
    ("write", "UpdateItem GUEST")."""

    def __init__(self, client: Any, name: str):
        self._client = client
        self._name = name
        described = client.describe_table(TableName=name)["Table"]
        keys = {part["AttributeName"] for part in described["KeySchema"]}
        indexes = described.get("LocalSecondaryIndexes", [])
        self.indexes = {found["IndexName"]: _index(found, keys) for found in indexes}
        pages = client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        self._items: dict[tuple[str, str], Item]
        self._items = {_key(item): item for page in pages for item in page["Items"]}
        self.units: dict[tuple[str, str], float] = defaultdict(float)

    def stored(self) -> int:
        """Bytes of storage that the table takes by now."""
        return units.stored_bytes(self._items.values(), self.indexes.values())

    def count(
        self, operation: str, request: Mapping[str, Any], status: int, response: Mapping[str, Any]
    ) -> None:
        """One call. Raises ValueError for an operation whose price is not known."""
        error = response.get("__type", "").rpartition("#")[2] if status != 200 else ""
        if status != 200 and error not in REFUSED:
            return  # throttled or invalid: not billed
        refused = bool(error)
        match operation:
            case "GetItem":
                self._read(operation, request["Key"], request.get("ConsistentRead", False))
            case "BatchGetItem":
                wanted = request["RequestItems"][self._name]
                for key in wanted["Keys"]:
                    self._read(operation, key, wanted.get("ConsistentRead", False))
            case "Query":
                self._search(operation, request, response)
            case "PutItem" | "UpdateItem" | "DeleteItem":
                self._write(operation, request, refused)
            case "TransactWriteItems":
                for one in request["TransactItems"]:
                    ((kind, entry),) = one.items()
                    self._write(f"Transact{kind}", entry, refused or kind == "ConditionCheck")
            case _:
                raise ValueError(f"the meter does not know what DynamoDB bills for {operation}")

    def _write(self, operation: str, entry: Mapping[str, Any], refused: bool = False) -> None:
        given = entry.get("Item") or entry["Key"]
        key = {name: given[name] for name in ("pk", "sk")}
        used = ("write", f"{operation} {_kind_of(key)}")
        before, transaction = self._items.get(_key(key)), operation.startswith("Transact")
        if refused:
            self.units[used] += units.refused_units(before, transaction=transaction)
            return
        after = entry.get("Item") or (None if "Delete" in operation else self._now(key))
        indexes = self.indexes.values()
        self.units[used] += units.write_units(before, after, indexes, transaction=transaction)
        if after:
            self._items[_key(key)] = after
        else:
            self._items.pop(_key(key), None)

    def _read(self, operation: str, key: Item, consistent: bool = False) -> None:
        found = units.size(self._items.get(_key(key), {}))
        read = units.read_units(found, consistent=consistent)
        self.units["read", f"{operation} {_kind_of(key)}"] += read

    def _search(
        self, operation: str, request: Mapping[str, Any], response: Mapping[str, Any]
    ) -> None:
        """All that was looked at counts, whole, before filters and projections take their part
        away: sizes add up first."""
        if any(name in request for name in ("FilterExpression", "ProjectionExpression", "Select")):
            raise ValueError(
                f"the meter cannot see all that a {operation} with a filter or a projection reads"
            )
        index = self.indexes[request["IndexName"]] if "IndexName" in request else None
        held = ((index.entry(item) if index else item) for item in response["Items"])
        whole = sum(units.size(each or {}) for each in held)
        sought = next(iter(request.get("ExpressionAttributeValues", {}).values()), {"S": "?"})
        label = f"{operation} {_kind(sought)}" + (f" by {index.key}" if index else "")
        consistent = request.get("ConsistentRead", False)
        self.units["read", label] += units.read_units(whole, consistent=consistent)

    def _now(self, key: Item) -> Item | None:
        return self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")


def _index(found: Mapping[str, Any], keys: set[str]) -> Index:
    (sort,) = (part["AttributeName"] for part in found["KeySchema"] if part["KeyType"] == "RANGE")
    more = found["Projection"].get("NonKeyAttributes", ())
    return Index(sort, frozenset(keys | {sort, *more}))


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _kind_of(key: Item) -> str:
    return "TURN" if _kind(key["pk"]) == "TURNS" else _kind(key["sk"])


def _kind(value: Mapping[str, Any]) -> str:
    """What kind of item a key belongs to: ids and hashes left out."""
    return str(value.get("S", "?")).split("#")[0]
