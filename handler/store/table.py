"""DynamoDB's table as the store uses it. boto3 has no types: what is called gets them here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from boto3.dynamodb.conditions import ConditionBase
from botocore.exceptions import ClientError

# An item, or a part of one, as boto3's resource has it: numbers are read as Decimal.
Item = dict[str, Any]


class Table(Protocol):
    """boto3's `Table`; `meta.client` is its client, for what spans items."""

    name: str
    meta: Any

    def get_item(self, **request: Any) -> Item: ...
    def put_item(self, **request: Any) -> Item: ...
    def update_item(self, **request: Any) -> Item: ...
    def delete_item(self, **request: Any) -> Item: ...
    def query(self, **request: Any) -> Item: ...
    def batch_writer(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Update:
    """`names` are placeholders for attributes that have a reserved or a computed name."""

    key: Item
    expression: str
    values: Item = field(default_factory=dict)
    condition: str = "attribute_exists(pk)"
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def setting(
        cls,
        key: Item,
        attributes: Item,
        condition: str = "attribute_exists(pk)",
        values: Item | None = None,
    ) -> "Update":
        """Sets attributes; the condition may name each as `#name` and its new value as `:name`."""
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in attributes)
        given = {f":{name}": value for name, value in attributes.items()} | (values or {})
        return cls(key, expression, given, condition, {f"#{name}": name for name in attributes})

    def request(self) -> Item:
        change = {"Key": self.key, "UpdateExpression": self.expression}
        return change | _condition(self.condition, self.values, self.names)

    def apply(self, table: Table, returns: str = "NONE") -> Item | None:
        """The attributes that `returns` selects; None if the condition does not hold."""
        answer = _conditional(table.update_item, self.request() | {"ReturnValues": returns})
        return None if answer is None else answer.get("Attributes", {})


@dataclass(frozen=True, slots=True)
class Put:
    """A new item in the place of the one with its key, under a condition."""

    item: Item
    condition: str = "attribute_not_exists(pk)"
    values: Item = field(default_factory=dict)

    def request(self) -> Item:
        return {"Item": self.item} | _condition(self.condition, self.values, {})

    def apply(self, table: Table) -> bool:
        """False if the condition does not hold."""
        return _conditional(table.put_item, self.request()) is not None


def transact(table: Table, *writes: Put | Update) -> None:
    """All or nothing. Raises ClientError, TransactionCanceledException among its codes."""
    # The classes are called what DynamoDB calls the parts of a transaction.
    items = [
        {type(write).__name__: {"TableName": table.name} | write.request()} for write in writes
    ]
    table.meta.client.transact_write_items(TransactItems=items)


def get(table: Table, key: Item) -> Item | None:
    """A strongly consistent read."""
    return table.get_item(Key=key, ConsistentRead=True).get("Item")


def every(table: Table, condition: ConditionBase) -> Iterator[Item]:
    """The items of all pages of a consistent Query; a page holds 1 MB at most."""
    start: Item = {}
    while True:
        page = table.query(KeyConditionExpression=condition, ConsistentRead=True, **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def condition_failed(error: ClientError) -> bool:
    return bool(error.response["Error"]["Code"] == "ConditionalCheckFailedException")


def _conditional(call: Callable[..., Item], request: Item) -> Item | None:
    try:
        return call(**request)
    except ClientError as error:
        if condition_failed(error):
            return None
        raise


def _condition(condition: str, values: Item, names: Item) -> Item:
    request = {
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ExpressionAttributeNames": names,
    }
    # DynamoDB refuses what is empty.
    return {name: given for name, given in request.items() if given}
