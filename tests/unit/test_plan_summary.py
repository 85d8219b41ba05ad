"""What a person reads of a plan, from Terraform's JSON."""

import pytest

from scripts.console.progress import Failure
from scripts.costs import idle
from scripts.stack.plan_summary import Summary


def change(
    address: str,
    *actions: str,
    before: dict | None = None,
    after: dict | None = None,
    **more: object,
) -> dict:
    kind = address.partition("[")[0].split(".")[-2]
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "change": {"actions": [*actions], "before": before, "after": after, **more},
    }


TABLE = "module.store.aws_dynamodb_table.this"
FREE_TABLE = {"name": "chat", "billing_mode": "PAY_PER_REQUEST"}


def plan(*changes: dict, **outputs: str) -> dict:
    return {
        "resource_changes": [*changes],
        "output_changes": {name: {"actions": [action]} for name, action in outputs.items()},
    }


def test_nothing_to_do_is_one_sentence():
    summary = Summary(plan(change(TABLE, "no-op", after=FREE_TABLE), api_url="no-op"))
    assert summary.is_empty
    assert summary.lines([]) == ["No changes: the stack is what the code and the settings say."]


def test_a_changed_output_alone_is_a_change():
    assert not Summary(plan(model_id="update")).is_empty


def test_what_appears_changes_and_goes_is_counted_by_service():
    changes = [
        change(TABLE, "create", after=FREE_TABLE),
        change("module.site.aws_s3_bucket.this", "create", after={}),
        change('module.site.aws_s3_object.file["a.js"]', "create", after={}),
        change(
            "module.function.aws_lambda_function.this",
            "update",
            before={"memory_size": 128},
            after={"memory_size": 256},
        ),
        change("module.watch.aws_sns_topic.nobody", "delete", before={}),
    ]
    assert Summary(plan(*changes)).lines([]) == [
        "  appears    3  DynamoDB 1, S3 2",
        "  changes    1  Lambda 1",
        "               module.function.aws_lambda_function.this: memory_size",
        "  goes       1  SNS 1",
        "               module.watch.aws_sns_topic.nobody",
        "  Idle cost: 0.00 USD a month. Nothing bills by the hour; what is stored costs cents per "
        "GB (docs/costs.md).",
    ]


def test_the_instances_of_one_resource_are_one_line():
    changes = [
        change(
            f'module.site.aws_s3_object.file["{name}"]',
            "update",
            before={"etag": "1"},
            after={"etag": "2"},
        )
        for name in "ab"
    ]
    assert "               module.site.aws_s3_object.file: etag" in Summary(plan(*changes)).lines(
        []
    )


def test_what_would_bill_by_the_hour_is_named():
    summary = Summary(plan(change("aws_nat_gateway.this", "create", after={})))
    assert summary.lines(idle.complaints(summary.resources))[-2:] == [
        "  Idle cost: more than 0 USD a month:",
        "    aws_nat_gateway.this costs 33 USD a month or more while it stands still.",
    ]


@pytest.mark.parametrize(
    ("actions", "word"),
    [(["delete"], "delete"), (["delete", "create"], "replace"), (["create", "delete"], "replace")],
)
def test_a_plan_that_loses_the_table_stops_with_a_sentence(actions, word):
    lost = change(
        TABLE, *actions, before={"name": "chat"}, after=FREE_TABLE, replace_paths=[["range_key"]]
    )
    with pytest.raises(
        Failure,
        match=rf"This plan would {word} the table chat \(because of range_key\) and lose every ",
    ):
        Summary(plan(lost)).protect_the_table()


def test_a_plan_that_keeps_the_table_goes_on():
    kept = [
        change(TABLE, "update", before={}, after={}),
        change("aws_s3_bucket.this", "delete", before={}),
    ]
    Summary(plan(*kept)).protect_the_table()
