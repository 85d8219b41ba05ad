"""What counts as a unit, by the examples and rules of AWS's Developer Guide for DynamoDB."""

import pytest

from scripts.bench import units

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
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 3 + 3 + 2),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 3),
    ],
)
def test_a_value_has_its_published_size(value, size):
    assert units.size({"name": value}) == 4 + size


@pytest.mark.parametrize(
    ("size", "written"), [(100, 1), (512, 1), (1_024, 1), (1_025, 2), (3_584, 4)]
)
def test_writes_go_by_the_kilobyte(size, written):
    # "If your item is 512 bytes, the write is 1 unit, 3.5 KB are 4"; a transaction takes two for
    # each.
    assert units.write_units(None, item(size)) == written
    assert units.write_units(None, item(size), transaction=True) == 2 * written


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [(2_000, 500, 2), (500, 2_000, 2), (None, 500, 1), (3_000, None, 3), (None, None, 1)],
)
def test_the_larger_of_both_states_counts(before, after, written):
    assert units.write_units(before and item(before), after and item(after)) == written


@pytest.mark.parametrize(
    ("size", "consistent", "eventual", "transaction"),
    [(0, 1, 0.5, 2), (3_072, 1, 0.5, 2), (4_096, 1, 0.5, 2), (8_193, 3, 1.5, 6)],
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
    ids=[
        "new",
        "moved",
        "taken out",
        "deleted",
        "never in it",
        "projected changed",
        "other changed",
    ],
)
def test_an_index_is_written_as_the_guide_says(before, after, written):
    states = [
        None if state is None else item(100, **{name: {"S": text} for name, text in state.items()})
        for state in (before, after)
    ]
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
