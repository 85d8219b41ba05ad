"""Nothing bills by the hour: what each kind of resource costs while nobody uses the stack.

An allow-list. A kind that is missing here is refused until somebody has looked up what it costs
when it stands still."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

# By kind, why it costs nothing by itself. Storage is paid by what lies in it, and an empty stack
# holds almost nothing.
BY_REQUEST = "billed by the request"
SETTING = "a setting, which is not billed"
FREE = {
    "aws_apigatewayv2_api": BY_REQUEST,
    "aws_apigatewayv2_integration": SETTING,
    "aws_apigatewayv2_route": SETTING,
    "aws_apigatewayv2_stage": SETTING,
    "aws_autoscaling_group": "its machines are billed, and while nobody uses it there are none",
    "aws_autoscaling_policy": SETTING,
    "aws_bedrock_guardrail": "billed by the text that it reads",
    "aws_bedrock_guardrail_version": SETTING,
    "aws_budgets_budget": "budgets are free",
    "aws_budgets_budget_action": "the first two budgets with actions are free, the next cost 0.10 USD a day",
    "aws_cloudfront_distribution": "billed by the request and by bytes out",
    "aws_cloudfront_origin_access_control": SETTING,
    "aws_cloudfront_response_headers_policy": SETTING,
    "aws_cloudwatch_dashboard": "an account's first three are free, the next cost 3 USD a month",
    "aws_cloudwatch_event_rule": "a schedule of the default bus costs nothing; its calls of the function are in docs/costs.md",
    "aws_cloudwatch_event_target": SETTING,
    "aws_cloudwatch_log_group": "billed by what is written, and 0.03 USD per GB and month until its retention deletes it",
    "aws_cloudwatch_log_metric_filter": "its metric is billed while lines come in, and an account's first ten are free",
    "aws_cloudwatch_metric_alarm": "an account's first ten are free, the next cost 0.10 USD a month",
    "aws_cloudwatch_query_definition": SETTING,
    "aws_dynamodb_table": "on demand: billed by the request, and 0.25 USD per GB and month",
    "aws_iam_instance_profile": SETTING,
    "aws_iam_policy": SETTING,
    "aws_iam_role": SETTING,
    "aws_iam_role_policy": SETTING,
    "aws_lambda_function": "billed while it runs",
    "aws_lambda_function_event_invoke_config": SETTING,
    "aws_lambda_permission": SETTING,
    "aws_launch_template": SETTING,
    "aws_s3_bucket": "0.023 USD per GB and month",
    "aws_s3_bucket_ownership_controls": SETTING,
    "aws_s3_bucket_policy": SETTING,
    "aws_s3_bucket_public_access_block": SETTING,
    "aws_s3_object": "part of its bucket: less than a megabyte in all",
    "aws_scheduler_schedule": "billed by the run",
    "aws_security_group": SETTING,
    "aws_sns_topic": BY_REQUEST,
    "aws_sns_topic_policy": SETTING,
    "aws_sns_topic_subscription": SETTING,
    "aws_sqs_queue": BY_REQUEST,
    "aws_vpc_security_group_egress_rule": SETTING,
    "aws_vpc_endpoint": "free as a gateway; there is none so far",
}

# What a chat like this is often built with, in USD a month at the least. Other kinds are refused
# too, without a figure.
DEAR = {
    "aws_alb": 16,
    "aws_bedrock_provisioned_model_throughput": 15_000,
    "aws_db_instance": 12,
    "aws_ebs_volume": 0.08,
    "aws_ecs_service": 9,
    "aws_efs_file_system": 0.30,
    "aws_eip": 3.65,
    "aws_eks_cluster": 73,
    "aws_elasticache_cluster": 12,
    "aws_instance": 3,
    "aws_kms_key": 1,
    "aws_lambda_provisioned_concurrency_config": 2.7,
    "aws_lb": 16,
    "aws_nat_gateway": 33,
    "aws_opensearch_domain": 26,
    "aws_opensearchserverless_collection": 175,
    "aws_rds_cluster": 44,
    "aws_route53_zone": 0.50,
    "aws_secretsmanager_secret": 0.40,
    "aws_wafv2_web_acl": 5,
}


def _table(table: Mapping) -> Iterator[str]:
    # Absent it is provisioned, too.
    if table.get("billing_mode") != "PAY_PER_REQUEST":
        yield "pays for provisioned capacity by the hour"
    if any(block.get("enabled") for block in table.get("point_in_time_recovery") or []):
        yield "keeps backups for point-in-time recovery at 0.20 USD per GB and month"
    if any(block.get("kms_key_arn") for block in table.get("server_side_encryption") or []):
        yield "is encrypted with a KMS key at 1 USD a month"


def _function(function: Mapping) -> Iterator[str]:
    if any(
        block.get("apply_on") not in (None, "None") for block in function.get("snap_start") or []
    ):
        yield "keeps a snapshot for SnapStart, which is billed by the second"


def _distribution(distribution: Mapping) -> Iterator[str]:
    if distribution.get("web_acl_id"):
        yield "stands behind a web application firewall at 5 USD a month"
    if any(
        block.get("ssl_support_method") == "vip"
        for block in distribution.get("viewer_certificate") or []
    ):
        yield "has addresses of its own at 600 USD a month"


def _log_group(group: Mapping) -> Iterator[str]:
    if not group.get("retention_in_days"):
        yield "keeps its lines for ever, at 0.03 USD per GB and month"


def _endpoint(endpoint: Mapping) -> Iterator[str]:
    if endpoint.get("vpc_endpoint_type") not in (None, "Gateway"):
        yield "is an interface at 7.30 USD a month in each zone"


def _group(group: Mapping) -> Iterator[str]:
    # Absent it is what min_size is.
    if group.get("min_size") or group.get("desired_capacity"):
        yield "keeps machines while nobody uses them"


# Kinds that are free only in the form that this project uses.
FORMS: dict[str, Callable[[Mapping], Iterator[str]]] = {
    "aws_autoscaling_group": _group,
    "aws_cloudfront_distribution": _distribution,
    "aws_cloudwatch_log_group": _log_group,
    "aws_dynamodb_table": _table,
    "aws_lambda_function": _function,
    "aws_vpc_endpoint": _endpoint,
}
# Kinds of which AWS gives so many for nothing, and what people call them.
FREE_NUMBERS = {
    "aws_budgets_budget_action": (2, "budget actions"),
    "aws_cloudwatch_dashboard": (3, "dashboards"),
    "aws_cloudwatch_metric_alarm": (10, "alarms"),
}


def complaints(planned: Mapping[str, Mapping]) -> list[str]:
    """One sentence for each resource of a plan, by address, that bills while nobody uses it."""
    kinds = {address: kind for address in planned if (kind := _kind(address))}
    found = [
        f"{address} {what}."
        for address, kind in kinds.items()
        for what in _what(kind, planned[address] or {})
    ]
    numbers = Counter(kinds.values())
    return found + [
        f"{numbers[kind]} {noun} are planned, and only the first {free} are free."
        for kind, (free, noun) in FREE_NUMBERS.items()
        if numbers[kind] > free
    ]


def table() -> str:
    """What the stack is made of and what each kind costs while it stands still, in Markdown."""
    kinds: dict[str, list[str]] = {}
    for kind in sorted(FREE, key=lambda kind: (FREE[kind] == SETTING, kind)):
        kinds.setdefault(FREE[kind], []).append(f"`{kind.removeprefix('aws_')}`")
    rows = [f"| {', '.join(names)} | {why} |" for why, names in kinds.items()]
    return "\n".join(
        ["| kind of resource | USD while nobody uses it: 0, because |", "|---|---|", *rows]
    )


def _what(kind: str, planned: Mapping) -> Iterator[str]:
    if kind in DEAR:
        yield f"costs {DEAR[kind]:g} USD a month or more while it stands still"
    elif kind not in FREE:
        yield "is of a kind that scripts/costs/idle.py does not know: look up what it costs while nobody uses it"
    elif kind in FORMS:
        yield from FORMS[kind](planned)


def _kind(address: str) -> str:
    """The resource's type; empty for a data source."""
    path = re.sub(r"\[[^]]*\]", "", address).split(".")
    return "" if path[-3:-2] == ["data"] else path[-2]
