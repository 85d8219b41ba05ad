"""What the meter counts of the function's calls, and what the recorder says of its invocations."""

import json

import pytest

from scripts.bench import units
from scripts.bench.invocations import PLATFORM_BYTES, Invocations
from scripts.bench.meter import Call, Meter
from scripts.bench.scenario import word
from scripts.bench.table import TableMeter
from scripts.costs.months import CHARACTERS


def item(size: int, **more: dict) -> dict:
    """An item of that many bytes."""
    head = {"pk": {"S": "a"}, "sk": {"S": "b"}} | more
    return head | {"x": {"S": "y" * (size - units.size(head) - 1)}}


class FakeDynamoDb:
    """DynamoDB past the meter: one table with our index, `now` is what an update leaves."""

    def __init__(self, *items: dict):
        self.items, self.now = items, None

    def describe_table(self, TableName: str) -> dict:
        keys = [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]
        index_keys = [keys[0], {"AttributeName": "at", "KeyType": "RANGE"}]
        index = {
            "IndexName": "by_at",
            "KeySchema": index_keys,
            "Projection": {"NonKeyAttributes": ["title"]},
        }
        return {"Table": {"KeySchema": keys, "LocalSecondaryIndexes": [index]}}

    def get_paginator(self, _operation: str):
        return self

    def paginate(self, **_how: object) -> list[dict]:
        return [{"Items": list(self.items)}]

    def get_item(self, **_which: object) -> dict:
        return {"Item": self.now} if self.now else {}


def key(sk: str) -> dict:
    return {"pk": {"S": "a"}, "sk": {"S": sk}}


def used(table: TableMeter) -> dict[str, float]:
    return {f"{kind} {what}": number for (kind, what), number in table.units.items()}


def test_a_transaction_is_counted_item_by_item_with_its_index():
    client = FakeDynamoDb(key("CONV#1") | {"at": {"S": "1"}})
    table = TableMeter(client, "t")
    client.now = key("CONV#1") | {"at": {"S": "2"}}
    transaction = [
        {"Put": {"TableName": "t", "Item": key("MSG#1")}},
        {"Update": {"TableName": "t", "Key": key("CONV#1")}},
    ]
    table.count("TransactWriteItems", {"TransactItems": transaction}, 200, {})
    assert used(table) == {"write TransactPut MSG": 2, "write TransactUpdate CONV": 2 + 4}


def test_a_refused_condition_costs_and_a_throttled_call_does_not():
    table = TableMeter(FakeDynamoDb(), "t")
    error = "com.amazonaws.dynamodb.v20120810#"
    table.count(
        "UpdateItem",
        {"Key": key("GUEST")},
        400,
        {"__type": error + "ConditionalCheckFailedException"},
    )
    table.count("UpdateItem", {"Key": key("GUEST")}, 400, {"__type": error + "ThrottlingException"})
    assert used(table) == {"write UpdateItem GUEST": 1}


def test_a_query_adds_sizes_up_first_and_a_batch_rounds_each_item():
    # The guide: a query of items that are 40.8 KB together reads 11 steps of 4 KB; a batch rounds
    # 1.5 and 6.5 KB up to 4 and 8 KB.
    table = TableMeter(FakeDynamoDb(item(1_536), item(6_656) | {"sk": {"S": "c"}}), "t")
    table.count("Query", {"ConsistentRead": True}, 200, {"Items": [item(20_890)] * 2})
    assert used(table) == {"read Query ?": 11}
    table.count(
        "BatchGetItem",
        {"RequestItems": {"t": {"Keys": [key("b"), key("c")], "ConsistentRead": True}}},
        200,
        {},
    )
    assert used(table) == {"read Query ?": 11, "read BatchGetItem b": 1, "read BatchGetItem c": 2}


def test_a_query_of_the_index_reads_what_the_index_holds():
    table = TableMeter(FakeDynamoDb(), "t")
    large = item(9_000, at={"S": "1"})
    table.count(
        "Query", {"IndexName": "by_at", "ConsistentRead": True}, 200, {"Items": [large] * 2}
    )
    assert used(table) == {"read Query ? by at": 1}


def test_an_unknown_operation_is_refused():
    with pytest.raises(ValueError, match="does not know"):
        TableMeter(FakeDynamoDb(), "t").count("ExecuteStatement", {}, 200, {})


def test_posts_are_metered_by_32_kilobytes_and_a_gone_reader_costs_nothing():
    with Meter(1, TableMeter(FakeDynamoDb(), "t")) as meter:
        for size, status in ((100, 200), (33_000, 200), (100, 410)):
            meter.take(Call(f"/{size}/@connections/c", "", b"x" * size, status, b""))
        meter.take(Call("/2015-03-31/functions/f/invocations", "", b"{}", 202, b""))
        meter.settle()
        counted = meter.counted
    assert (counted.socket_messages, counted.invocations) == (3, 1)


def test_the_record_is_read_as_it_grows(tmp_path):
    path = tmp_path / "invocations"
    seen = Invocations(path)
    line = json.dumps({"seconds": 1, "cpu_seconds": 0.5, "log_bytes": 100}) + "\n"
    path.write_text(line + line[:10])
    assert len(seen.new(1)) == 1
    path.write_text(line * 3)
    assert len(seen.new(2)) == 2


def test_lambdas_own_two_lines_are_what_the_flood_reckons_with():
    assert 300 < PLATFORM_BYTES < 500


def test_a_made_up_word_is_as_long_as_a_token():
    words = [word(n) for n in range(100)]
    assert all(len(each) == CHARACTERS and each.endswith(" ") for each in words)
