"""Nothing of the stack bills by the hour: every kind of resource in every plan is known to cost
nothing while nobody uses it."""

import re

import pytest

from scripts.costs import idle
from scripts.stack import inventory
from scripts.stack.aws_kinds import KINDS
from tests.support.terraform_tests import CONFIGURATION

TABLE = {
    "billing_mode": "PAY_PER_REQUEST",
    "point_in_time_recovery": [{"enabled": False}],
    "server_side_encryption": [],
}
LOG = {"retention_in_days": 14}
FREE_FORMS = {
    "aws_dynamodb_table": [TABLE],
    "aws_lambda_function": [{}, {"snap_start": []}, {"snap_start": [{"apply_on": "None"}]}],
    "aws_cloudfront_distribution": [
        {},
        {"web_acl_id": "", "viewer_certificate": [{"ssl_support_method": "sni-only"}]},
    ],
    "aws_cloudwatch_log_group": [LOG],
}
DEAR_FORMS = [
    ("aws_dynamodb_table", TABLE | {"billing_mode": "PROVISIONED"}, "provisioned"),
    ("aws_dynamodb_table", TABLE | {"billing_mode": None}, "provisioned"),
    (
        "aws_dynamodb_table",
        TABLE | {"point_in_time_recovery": [{"enabled": True}]},
        "point-in-time",
    ),
    (
        "aws_dynamodb_table",
        TABLE | {"server_side_encryption": [{"enabled": True, "kms_key_arn": "arn:aws:kms:…"}]},
        "KMS",
    ),
    ("aws_lambda_function", {"snap_start": [{"apply_on": "PublishedVersions"}]}, "SnapStart"),
    ("aws_cloudfront_distribution", {"web_acl_id": "arn:aws:wafv2:…"}, "firewall"),
    ("aws_cloudfront_distribution", {"viewer_certificate": [{"ssl_support_method": "vip"}]}, "600"),
    ("aws_cloudwatch_log_group", {"retention_in_days": 0}, "for ever"),
]
# What no stack of this kind may be made of, whoever edits the table.
NEVER = [
    "aws_nat_gateway",
    "aws_lb",
    "aws_opensearch_domain",
    "aws_opensearchserverless_collection",
    "aws_wafv2_web_acl",
    "aws_kms_key",
    "aws_lambda_provisioned_concurrency_config",
    "aws_bedrock_provisioned_model_throughput",
    "aws_instance",
    "aws_eip",
    "aws_secretsmanager_secret",
    "aws_rds_cluster",
    "aws_db_instance",
    "aws_ecs_service",
    "aws_eks_cluster",
    "aws_elasticache_cluster",
]


def test_no_plan_holds_anything_that_bills_while_nobody_uses_it_but_a_leased_machine(tested):
    found = {
        name: complaints
        for name, plan in tested.plans.items()
        if (complaints := idle.complaints(plan))
    }
    leased = {
        name
        for name, plan in tested.plans.items()
        if any("aws_instance.this" in address for address in plan)
    }
    assert set(found) == leased
    assert leased
    for complaints in found.values():
        (complaint,) = complaints
        assert "aws_instance.this costs 3 USD a month or more" in complaint


def test_the_plans_hold_every_kind_that_is_declared(tested):
    declared = {
        kind
        for file in CONFIGURATION.rglob("*.tf")
        for kind in re.findall(r'^resource "(\w+)"', file.read_text(), re.MULTILINE)
    }
    planned = {idle.kind_of(address) for plan in tested.plans.values() for address in plan} - {""}
    assert declared == planned
    assert len(declared) > 20


def test_the_table_of_kinds_has_every_kind_that_is_planned_and_no_other(tested):
    planned = {idle.kind_of(address) for plan in tested.plans.values() for address in plan} - {""}
    assert KINDS.keys() == planned


def test_what_a_destroy_can_leave_behind_has_its_listing():
    assert {kind.listed for kind in KINDS.values()} - {""} == inventory.ALL.keys()


@pytest.mark.parametrize("kind", NEVER)
def test_what_bills_by_the_hour_is_refused(kind):
    (complaint,) = idle.complaints({f"module.worker.{kind}.this": {}})
    assert complaint.startswith(f"module.worker.{kind}.this costs ")


@pytest.mark.parametrize(("kind", "form", "why"), DEAR_FORMS, ids=[why for _, _, why in DEAR_FORMS])
def test_a_free_kind_in_a_dear_form_is_refused(kind, form, why):
    (complaint,) = idle.complaints({f'module.x.{kind}.this["a.b"]': form})
    assert why in complaint


@pytest.mark.parametrize("kind", idle.FORMS)
def test_the_form_that_is_used_is_not_refused(kind):
    assert [idle.complaints({f"module.x.{kind}.this[0]": form}) for form in FREE_FORMS[kind]] == [
        []
    ] * len(FREE_FORMS[kind])


def test_an_unknown_kind_is_refused_with_what_to_do():
    assert idle.complaints({"aws_kinesis_stream.this": {}}) == [
        "aws_kinesis_stream.this has no row in scripts/stack/aws_kinds.py: look up what it costs, and add one."
    ]


def test_a_data_source_costs_nothing():
    assert idle.complaints({"module.x.data.aws_instance.this": {}}) == []


def test_a_third_budget_action_is_refused():
    plan = {f"module.watch.aws_budgets_budget_action.this[{n}]": {} for n in range(3)}
    assert idle.complaints(plan) == ["3 budget actions are planned, and only the first 2 are free."]
    assert idle.complaints(dict(list(plan.items())[:2])) == []


def test_an_eleventh_alarm_is_refused():
    plan = {f'module.watch.aws_cloudwatch_metric_alarm.this["{n}"]': {} for n in range(11)}
    assert idle.complaints(plan) == ["11 alarms are planned, and only the first 10 are free."]
    assert idle.complaints(dict(list(plan.items())[:10])) == []


def test_no_kind_is_both_free_and_dear():
    assert KINDS.keys() & idle.COSTLY.keys() == set()
