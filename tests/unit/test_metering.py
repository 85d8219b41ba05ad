"""What counts as a unit, by the examples and rules of AWS's Developer Guide for DynamoDB."""

import copy
import json

import pytest

from scripts.bench import units
from scripts.bench.invocations import PLATFORM_BYTES, Invocations
from scripts.bench.meter import Meter
from scripts.bench.table import Table, Uses, since

INDEX = units.Index("at", frozenset({"pk", "sk", "at", "title"}))


def item(size: int, **more: dict) -> dict:
    """An item of that many bytes."""
    head = {"pk": {"S": "a"}, "sk": {"S": "b"}} | more
    return head | {"x": {"S": "y" * (size - units.size(head) - 1)}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "shirt"}, 5),
        ({"S": "ção"}, 5),
        ({"N": "27"}, 2),
        ({"N": "-12.50"}, 3),
        ({"N": "1000"}, 2),
        ({"N": "0"}, 1),
        ({"N": "1.7E+3"}, 2),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"B": "aGVsbG8="}, 5),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["27", "1"]}, 4),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 3 + 3 + 2),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 3),
    ],
)
def test_a_value_has_its_published_size(value, size):
    assert units.size({"name": value}) == 4 + size


@pytest.mark.parametrize(("size", "written"), [(100, 1), (512, 1), (1_024, 1), (1_025, 2), (3_584, 4)])
def test_writes_go_by_the_kilobyte(size, written):
    # "If your item is 512 bytes, the write is 1 unit, 3.5 KB are 4"; a transaction takes two for each.
    assert units.write_units(None, item(size)) == written
    assert units.write_units(None, item(size), transaction=True) == 2 * written


@pytest.mark.parametrize(
    ("before", "after", "written"), [(2_000, 500, 2), (500, 2_000, 2), (None, 500, 1), (3_000, None, 3), (None, None, 1)]
)
def test_the_larger_of_both_states_counts(before, after, written):
    assert units.write_units(before and item(before), after and item(after)) == written


@pytest.mark.parametrize(
    ("size", "consistent", "eventual", "transaction"), [(0, 1, 0.5, 2), (3_072, 1, 0.5, 2), (4_096, 1, 0.5, 2), (8_193, 3, 1.5, 6)]
)
def test_reads_go_by_four_kilobytes(size, consistent, eventual, transaction):
    assert units.read_units(size, consistent=True) == consistent
    assert units.read_units(size) == eventual
    assert units.read_units(size, transaction=True) == transaction


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [
        (None, {"at": "1"}, 1),
        ({"at": "1"}, {"at": "2"}, 2),
        ({"at": "1"}, {}, 1),
        ({"at": "1"}, None, 1),
        ({}, {}, 0),
        ({"at": "1", "title": "a"}, {"at": "1", "title": "b"}, 1),
        ({"at": "1", "text": "a"}, {"at": "1", "text": "b"}, 0),
    ],
    ids=["new", "moved", "taken out", "deleted", "never in it", "projected changed", "other changed"],
)
def test_an_index_is_written_as_the_guide_says(before, after, written):
    states = [None if state is None else item(100, **{name: {"S": text} for name, text in state.items()}) for state in (before, after)]
    assert units.write_units(*states, [INDEX]) == 1 + written
    assert units.write_units(*states, [INDEX], transaction=True) == 2 + 2 * written


def test_a_refused_write_costs_what_is_there():
    assert units.refused_units(None) == 1
    assert units.refused_units(item(2_500)) == 3
    assert units.refused_units(item(2_500), transaction=True) == 6


def test_storage_takes_a_hundred_bytes_more_for_each_item_and_entry():
    stored = item(300, at={"S": "1"})
    entry = units.size(INDEX.entry(stored))
    assert units.stored_bytes([stored], [INDEX]) == 300 + 100 + entry + 100
    assert units.stored_bytes([item(300)], [INDEX]) == 400


class Client:
    """DynamoDB past the meter: one table with our index, `now` is what an update leaves."""

    def __init__(self, *items: dict):
        self.items, self.now = items, None

    def describe_table(self, TableName: str) -> dict:
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        index_keys = [keys[0], {"AttributeName": "at", "KeyType": "RANGE"}]
        index = {"IndexName": "by_at", "KeySchema": index_keys, "Projection": {"NonKeyAttributes": ["title"]}}
        return {"Table": {"KeySchema": keys, "LocalSecondaryIndexes": [index]}}

    def get_paginator(self, _operation: str):
        return self

    def paginate(self, **_how: object) -> list[dict]:
        return [{"Items": list(self.items)}]

    def get_item(self, **_which: object) -> dict:
        return {"Item": self.now} if self.now else {}


def key(sk: str) -> dict:
    return {"pk": {"S": "a"}, "sk": {"S": sk}}


def used(table: Table) -> dict[str, float]:
    return {f"{kind} {what}": number for kind, what, number in since(table.uses, Uses())}


def test_a_transaction_is_counted_item_by_item_with_its_index():
    client = Client(key("CONV#1") | {"at": {"S": "1"}})
    table = Table(client, "t")
    client.now = key("CONV#1") | {"at": {"S": "2"}}
    transaction = [{"Put": {"TableName": "t", "Item": key("MSG#1")}}, {"Update": {"TableName": "t", "Key": key("CONV#1")}}]
    table.count("TransactWriteItems", {"TransactItems": transaction}, 200, {})
    assert used(table) == {"write TransactPut MSG": 2, "write TransactUpdate CONV": 2 + 4}


def test_a_refused_condition_costs_and_a_throttled_call_does_not():
    table = Table(Client(), "t")
    error = "com.amazonaws.dynamodb.v20120810#"
    table.count("UpdateItem", {"Key": key("GUEST")}, 400, {"__type": error + "ConditionalCheckFailedException"})
    table.count("UpdateItem", {"Key": key("GUEST")}, 400, {"__type": error + "ThrottlingException"})
    assert used(table) == {"write UpdateItem GUEST": 1}


def test_a_query_adds_sizes_up_first_and_a_batch_rounds_each_item():
    # The guide: a query of items that are 40.8 KB together reads 11 steps of 4 KB; a batch rounds 1.5 and 6.5 KB up to 4 and 8 KB.
    table = Table(Client(item(1_536), item(6_656) | {"sk": {"S": "c"}}), "t")
    table.count("Query", {"ConsistentRead": True}, 200, {"Items": [item(20_890)] * 2})
    assert used(table) == {"read Query ?": 11}
    table.count("BatchGetItem", {"RequestItems": {"t": {"Keys": [key("b"), key("c")], "ConsistentRead": True}}}, 200, {})
    assert used(table) == {"read Query ?": 11, "read BatchGetItem b": 1, "read BatchGetItem c": 2}


def test_a_query_of_the_index_reads_what_the_index_holds():
    table = Table(Client(), "t")
    large = item(9_000, at={"S": "1"})
    table.count("Query", {"IndexName": "by_at", "ConsistentRead": True}, 200, {"Items": [large] * 2})
    assert used(table) == {"read Query ? by at": 1}


def test_an_unknown_operation_is_refused():
    with pytest.raises(ValueError, match="does not know"):
        Table(Client(), "t").count("ExecuteStatement", {}, 200, {})


def test_posts_are_metered_by_32_kilobytes_and_a_gone_reader_costs_nothing():
    with Meter(1, Table(Client(), "t")) as meter:
        for size, status in ((100, 200), (33_000, 200), (100, 410)):
            meter.see("/_aws/execute-api/x/live/@connections/c", "", b"x" * size, status, b"")
        meter.see("/2015-03-31/functions/f/invocations", "", b"{}", 202, b"")
        meter.settle()
        calls = copy.copy(meter.calls)
    assert (calls.posts, calls.post_messages, calls.invokes) == (3, 3, 1)


def test_the_witness_is_read_as_it_grows(tmp_path):
    path = tmp_path / "invocations"
    seen = Invocations(path)
    line = json.dumps({"seconds": 1, "cpu_seconds": 0.5, "log_bytes": 100}) + "\n"
    path.write_text(line + line[:10])
    assert len(seen.new(1)) == 1
    path.write_text(line * 3)
    assert len(seen.new(2)) == 2


def test_lambdas_own_two_lines_are_what_the_flood_reckons_with():
    assert 300 < PLATFORM_BYTES < 500
