"""DynamoDB's table as the store uses it. boto3 has no types: what is called gets them here."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError

# An item, or a part of one, as boto3's resource has it: numbers are read as Decimal.
Item = dict[str, Any]


class Batch(Protocol):
    def delete_item(self, *, Key: Item) -> object: ...


class Client(Protocol):
    def batch_get_item(self, **request: Any) -> Item: ...
    def transact_write_items(self, **request: Any) -> object: ...


class Meta(Protocol):
    client: Client


class Table(Protocol):
    """boto3's `Table`."""

    name: str
    meta: Meta

    def get_item(self, **request: Any) -> Item: ...
    def put_item(self, **request: Any) -> Item: ...
    def update_item(self, **request: Any) -> Item: ...
    def delete_item(self, **request: Any) -> Item: ...
    def query(self, **request: Any) -> Item: ...
    def batch_writer(self) -> AbstractContextManager[Batch]: ...


@dataclass(frozen=True, slots=True)
class Update:
    """A change of one item under a condition. `names` are placeholders for attributes whose names
    DynamoDB reserves or that only the code knows."""

    key: Item
    expression: str
    values: Item = field(default_factory=dict)
    condition: str = "attribute_exists(pk)"
    names: dict[str, str] = field(default_factory=dict)

    def request(self) -> Item:
        request: Item = {
            "Key": self.key,
            "UpdateExpression": self.expression,
            "ConditionExpression": self.condition,
        }
        # DynamoDB refuses an empty map.
        if self.names:
            request["ExpressionAttributeNames"] = self.names
        if self.values:
            request["ExpressionAttributeValues"] = self.values
        return request

    def apply(self, table: Table, returns: str = "NONE") -> Item | None:
        """The attributes that `returns` selects; None if the condition does not hold."""
        answer = conditional(table.update_item, **self.request(), ReturnValues=returns)
        return None if answer is None else answer.get("Attributes", {})


def get(table: Table, key: Item) -> Item | None:
    """A strongly consistent read."""
    return table.get_item(Key=key, ConsistentRead=True).get("Item")


def every(call: Callable[..., Item], **request: Any) -> Iterator[Item]:
    """The items of all pages of a Query or a Scan; a page holds 1 MB at most."""
    while True:
        page = call(**request)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def conditional(call: Callable[..., Item], **request: Any) -> Item | None:
    """The answer to a conditional write; None if its condition does not hold."""
    try:
        return call(**request)
    except ClientError as error:
        if condition_failed(error):
            return None
        raise


def condition_failed(error: ClientError) -> bool:
    return bool(error.response["Error"]["Code"] == "ConditionalCheckFailedException")
