"""Nothing bills by the hour: what of a plan would cost money while nobody uses the stack. A type
that is not in scripts/stack/aws_kinds.py is refused until somebody has looked up what it costs."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scripts.costs.markdown import table
from scripts.stack.aws_kinds import KINDS, SETTING

Planned = Mapping[str, Any]

# What a chat like this is often built with, in USD a month at the least. Any other type without a
# row is refused too, without a figure.
COSTLY = {
    "aws_bedrock_provisioned_model_throughput": 15_000,
    "aws_db_instance": 12,
    "aws_ecs_service": 9,
    "aws_eip": 3.65,
    "aws_eks_cluster": 73,
    "aws_elasticache_cluster": 12,
    "aws_kms_key": 1,
    "aws_lambda_provisioned_concurrency_config": 2.7,
    "aws_lb": 16,
    "aws_nat_gateway": 33,
    "aws_opensearch_domain": 26,
    "aws_opensearchserverless_collection": 175,
    "aws_rds_cluster": 44,
    "aws_secretsmanager_secret": 0.40,
    "aws_wafv2_web_acl": 5,
}
UNKNOWN = "has no row in scripts/stack/aws_kinds.py: look up what it costs, and add one"


def _table(planned: Planned) -> Iterator[str]:
    # Absent it is provisioned, too.
    if planned.get("billing_mode") != "PAY_PER_REQUEST":
        yield "pays for provisioned capacity by the hour"
    if any(block.get("enabled") for block in planned.get("point_in_time_recovery") or []):
        yield "keeps backups for point-in-time recovery at 0.20 USD per GB and month"
    if any(block.get("kms_key_arn") for block in planned.get("server_side_encryption") or []):
        yield "is encrypted with a KMS key at 1 USD a month"


def _function(planned: Planned) -> Iterator[str]:
    snapshots = (block.get("apply_on") for block in planned.get("snap_start") or [])
    if any(applied not in (None, "None") for applied in snapshots):
        yield "keeps a snapshot for SnapStart, which is billed by the second"


def _distribution(planned: Planned) -> Iterator[str]:
    if planned.get("web_acl_id"):
        yield "stands behind a web application firewall at 5 USD a month"
    certificates = planned.get("viewer_certificate") or []
    if any(block.get("ssl_support_method") == "vip" for block in certificates):
        yield "has addresses of its own at 600 USD a month"


def _log_group(planned: Planned) -> Iterator[str]:
    if not planned.get("retention_in_days"):
        yield "keeps its lines for ever, at 0.03 USD per GB and month"


# Types that are free only in the form that this project uses.
FORMS: dict[str, Callable[[Planned], Iterator[str]]] = {
    "aws_cloudfront_distribution": _distribution,
    "aws_cloudwatch_log_group": _log_group,
    "aws_dynamodb_table": _table,
    "aws_lambda_function": _function,
}
PLURALS = {
    "aws_budgets_budget_action": "budget actions",
    "aws_cloudwatch_dashboard": "dashboards",
    "aws_cloudwatch_metric_alarm": "alarms",
}


def complaints(planned: Mapping[str, Planned]) -> list[str]:
    """One sentence for each resource of a plan, by address, that bills while nobody uses it."""
    kinds = {address: kind for address in planned if (kind := kind_of(address))}
    found = [
        f"{address} {what}."
        for address, kind in kinds.items()
        for what in _bills(kind, planned[address] or {})
    ]
    for kind, number in Counter(kinds.values()).items():
        free = KINDS[kind].free if kind in KINDS else 0
        if free and number > free:
            noun = PLURALS[kind]
            found.append(f"{number} {noun} are planned, and only the first {free} are free.")
    return found


def idle_table() -> str:
    """What the stack is made of and what each type costs while it stands still."""
    types: dict[str, list[str]] = {}
    for name, kind in sorted(KINDS.items(), key=lambda row: row[1].idle == SETTING):
        if not kind.usd:
            types.setdefault(kind.idle, []).append(f"`{name.removeprefix('aws_')}`")
    rows = ([", ".join(names), why] for why, names in types.items())
    return table("kind of resource|USD while nobody uses it: 0, because", rows)


def kind_of(address: str) -> str:
    """The resource's type; empty for a data source."""
    path = re.sub(r"\[[^]]*\]", "", address).split(".")
    return "" if path[-3:-2] == ["data"] else path[-2]


def _bills(kind: str, planned: Planned) -> Iterator[str]:
    usd = COSTLY.get(kind) or (KINDS[kind].usd if kind in KINDS else 0)
    if usd:
        yield f"costs {usd:g} USD a month or more while it stands still"
    elif kind not in KINDS:
        yield UNKNOWN
    elif kind in FORMS:
        yield from FORMS[kind](planned)
