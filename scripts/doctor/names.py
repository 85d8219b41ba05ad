"""Whether the stack's names are free, and what an earlier deploy left behind."""

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from scripts.doctor.aws import DENIED, GLOBAL, MISSING, code
from scripts.doctor.check import CheckContext, Result, fail, ok, skip, warn
from scripts.doctor.state import known
from scripts.doctor.threads import together

SHOWN = 3
# What S3 says of a bucket in another region.
ELSEWHERE = "301"
IN_BUCKET = "the state is in a bucket: Terraform's plan shows what is this stack's"
REMOVE = "make verify-gone lists the way to remove each"


def names(context: CheckContext) -> Result:
    """Free, or this stack's own already."""
    mine = known(context)
    if mine is None:
        return skip(IN_BUCKET)
    wanted = _names(context)
    answers = together(partial(_is_taken, look) for look in wanted.values())
    found = dict(zip(wanted, answers, strict=True))
    taken = [_words(name) for name in wanted if found[name] and f"aws_{name}" not in mine]
    unseen = [_words(name) for name in wanted if found[name] is None]
    if not taken and unseen:
        free = f"none is taken, but these credentials may not look for {', '.join(unseen)}"
        return warn(free, "allow it, or go on without knowing")
    if not taken:
        return ok(f"all {len(wanted)} are free" + (" or this stack's own" if mine else ""))
    copied = f", after copying its .stacks/{context.stack} here" if context.env == "aws" else ""
    return fail(
        f"taken by what this folder's Terraform does not know: {_some(taken)}",
        f"deploy from the folder that made them{copied}, or under another name (STACK=other);"
        f" if nobody needs what is in them, {REMOVE}",
    )


def leftovers(context: CheckContext) -> Result:
    """Resources with this stack's tags that its state does not know."""
    mine = known(context)
    if mine is None:
        return skip(IN_BUCKET)
    left = sorted(_tagged(context) - mine)
    if not left:
        return ok("none")
    lag = "what was removed just now may still show for some minutes"
    return warn(f"{len(left)} of an earlier {context.stack}: {_some(left)}", f"{REMOVE}; {lag}")


def _tagged(context: CheckContext) -> set[str]:
    """The ARNs of all that carries this stack's tags (terraform/providers.tf). What belongs to no
    region is listed in us-east-1."""
    wanted = {"Project": "forever-us", "Stack": context.stack}
    tags = [{"Key": key, "Values": [value]} for key, value in wanted.items()]
    found = set()
    for region in {context.region, GLOBAL}:
        client = context.aws.client("resourcegroupstaggingapi", region)
        for page in client.get_paginator("get_resources").paginate(TagFilters=tags):
            found |= {each["ResourceARN"] for each in page["ResourceTagMappingList"]}
    return found


def _some(words: list[str]) -> str:
    """The first of a list that may be long."""
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more


def _words(name: str) -> str:
    """Such as "dynamodb table forever-us"."""
    kind, _, own = name.partition(" ")
    return f"{kind.replace('_', ' ')} {own}"


def _is_taken(look: Callable[[], object]) -> bool | None:
    """None where these credentials may not look; so it is also with a foreign bucket."""
    try:
        return bool(look())
    except ClientError as error:
        if code(error) in DENIED:
            return None
        if code(error) in MISSING | {ELSEWHERE}:
            return code(error) == ELSEWHERE
        raise


def _names(context: CheckContext) -> dict[str, Callable[[], object]]:
    """The names that AWS gives only once, as Terraform's type and id, and how to look for each: it
    raises or is false where the name is free."""
    stack, account, client = context.stack, context.identity.account, context.aws.client
    bucket, policy = f"{stack}-site-{account}", f"arn:aws:iam::{account}:policy/{stack}-deny-model"
    group, role = f"/aws/lambda/{stack}", f"{stack}-budget"
    iam, budgets = client("iam"), client("budgets")
    look_for_budget = partial(budgets.describe_budget, AccountId=account, BudgetName=stack)
    found: dict[str, Callable[[], object]] = {
        f"s3_bucket {bucket}": partial(client("s3").head_bucket, Bucket=bucket),
        f"dynamodb_table {stack}": partial(client("dynamodb").describe_table, TableName=stack),
        f"lambda_function {stack}": partial(client("lambda").get_function, FunctionName=stack),
        f"cloudwatch_log_group {group}": partial(_has_group, client("logs"), group),
        f"iam_policy {policy}": partial(iam.get_policy, PolicyArn=policy),
        f"budgets_budget {account}:{stack}": look_for_budget,
        f"iam_role {stack}": partial(iam.get_role, RoleName=stack),
        f"iam_role {role}": partial(iam.get_role, RoleName=role),
    }
    if context.setting("cdn_enabled", True):
        cdn = client("cloudfront", GLOBAL)
        found[f"cloudfront_origin_access_control {stack}"] = partial(_has_control, cdn, stack)
        found[f"cloudfront_response_headers_policy {stack}"] = partial(_has_headers, cdn, stack)
    return found


def _has_group(logs: Any, name: str) -> bool:
    found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(each["logGroupName"] == name for each in found)


def _has_control(cdn: Any, name: str) -> bool:
    found = cdn.list_origin_access_controls()["OriginAccessControlList"]
    return any(each["Name"] == name for each in found.get("Items", []))


def _has_headers(cdn: Any, name: str) -> bool:
    found = cdn.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]
    held = (each["ResponseHeadersPolicy"] for each in found.get("Items", []))
    return any(each["ResponseHeadersPolicyConfig"]["Name"] == name for each in held)
