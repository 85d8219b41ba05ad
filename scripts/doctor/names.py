"""Whether the stack's names are free, and what an earlier deploy left behind."""

from collections.abc import Callable
from dataclasses import dataclass

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from scripts.doctor.aws import DENIED, GLOBAL, MISSING, code
from scripts.doctor.context import CheckContext
from scripts.doctor.result import Result, fail, ok, skip, warn
from scripts.doctor.state import known
from scripts.doctor.threads import together

SHOWN = 3
# What S3 says of a bucket in another region.
ELSEWHERE = "301"


@dataclass(frozen=True, slots=True)
class Name:
    """A name that AWS gives only once. `type` and `id` are Terraform's, `taken` asks AWS, `remove`
    is the command for the aws program."""

    type: str
    id: str
    taken: Callable[[], object]
    remove: str

    @property
    def words(self) -> str:
        """For people, such as "dynamodb table forever-us"."""
        return f"{self.type.removeprefix('aws_').replace('_', ' ')} {self.id}"


def names(context: CheckContext) -> Result:
    """Free, or this stack's own already."""
    mine = known(context)
    if mine is None:
        return skip("the state is in a bucket: Terraform's plan tells what is this stack's")
    wanted = _names(context)
    answers = together(lambda name=name: _taken(name) for name in wanted)
    found = list(zip(wanted, answers, strict=True))
    taken = [name for name, is_taken in found if is_taken and f"{name.type} {name.id}" not in mine]
    unseen = [name.words for name, is_taken in found if is_taken is None]
    if not taken and unseen:
        return warn(
            f"none is taken, but these credentials may not look for {', '.join(unseen)}",
            "allow it, or go on without knowing",
        )
    if not taken:
        return ok(
            f"all {len(wanted)} are free"
            if not mine
            else f"all {len(wanted)} are free or this stack's own"
        )
    copied = f", after copying its .stacks/{context.stack} here" if context.env == "aws" else ""
    removed = (
        "; ".join(f"aws {name.remove}" for name in taken)
        if len(taken) <= SHOWN
        else "make verify-gone lists the way to remove each"
    )
    return fail(
        f"taken by what this folder's Terraform does not know: {_some([name.words for name in taken])}",
        f"deploy from the folder that made them{copied}, or under another name (STACK=other); "
        f"if nobody needs what is in them, remove them: {removed}",
    )


def leftovers(context: CheckContext) -> Result:
    """Things with this stack's tags that its state does not know."""
    mine = known(context)
    if mine is None:
        return skip("the state is in a bucket: Terraform's plan tells what is this stack's")
    left = sorted(tagged(context) - mine)
    if not left:
        return ok("none")
    return warn(
        f"{len(left)} of an earlier {context.stack}: {_some(left)}",
        "make verify-gone lists all with the way to remove each; what was removed just now may still show for some minutes",
    )


def tagged(context: CheckContext) -> set[str]:
    """The ARNs of all that carries this stack's tags (terraform/providers.tf). What belongs to no
    region is listed in us-east-1."""
    tags = [
        {"Key": key, "Values": [value]}
        for key, value in (("Project", "forever-us"), ("Stack", context.stack))
    ]
    found = set()
    for region in {context.region, GLOBAL}:
        pages = (
            context.aws.client("resourcegroupstaggingapi", region)
            .get_paginator("get_resources")
            .paginate(TagFilters=tags)
        )
        found |= {each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]}
    return found


def _some(words: list[str]) -> str:
    """The first of a list that may be long."""
    return ", ".join(words[:SHOWN]) + (
        f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    )


def _taken(name: Name) -> bool | None:
    """None where nobody may look; so it is also with a bucket of somebody else's."""
    try:
        return bool(name.taken())
    except ClientError as error:
        if code(error) in MISSING:
            return False
        if code(error) in DENIED:
            return None
        if code(error) == ELSEWHERE:
            return True
        raise


def _names(context: CheckContext) -> list[Name]:
    stack, account, client = context.stack, context.identity.account, context.aws.client
    s3, table, function, logs, iam, budgets = (
        client(name) for name in ("s3", "dynamodb", "lambda", "logs", "iam", "budgets")
    )
    bucket, group, policy = (
        f"{stack}-site-{account}",
        f"/aws/lambda/{stack}",
        f"arn:aws:iam::{account}:policy/{stack}-deny-model",
    )
    budget = {"AccountId": account, "BudgetName": stack}
    found = [
        (
            "s3_bucket",
            bucket,
            lambda: s3.head_bucket(Bucket=bucket),
            f"s3 rb --force s3://{bucket}",
        ),
        (
            "dynamodb_table",
            stack,
            lambda: table.describe_table(TableName=stack),
            f"dynamodb delete-table --table-name {stack}",
        ),
        (
            "lambda_function",
            stack,
            lambda: function.get_function(FunctionName=stack),
            f"lambda delete-function --function-name {stack}",
        ),
        (
            "cloudwatch_log_group",
            group,
            lambda: _has_group(logs, group),
            f"logs delete-log-group --log-group-name {group}",
        ),
        (
            "iam_policy",
            policy,
            lambda: iam.get_policy(PolicyArn=policy),
            f"iam delete-policy --policy-arn {policy}",
        ),
        (
            "budgets_budget",
            f"{account}:{stack}",
            lambda: budgets.describe_budget(**budget),
            f"budgets delete-budget --account-id {account} --budget-name {stack}",
        ),
    ]
    for role in (stack, f"{stack}-budget"):
        # Its policy goes first, or IAM refuses.
        remove = f"iam delete-role-policy --role-name {role} --policy-name {role}; aws iam delete-role --role-name {role}"
        found.append(("iam_role", role, lambda role=role: iam.get_role(RoleName=role), remove))
    if context.setting("cdn_enabled", True):
        cdn = client("cloudfront", GLOBAL)
        removed = "cloudfront delete-{0} --id ID --if-match ETAG (both from: aws cloudfront get-{0} --id ID, which list-{1} tells)"
        found += [
            (
                "cloudfront_origin_access_control",
                stack,
                lambda: _has_control(cdn, stack),
                removed.format("origin-access-control", "origin-access-controls"),
            ),
            (
                "cloudfront_response_headers_policy",
                stack,
                lambda: _has_headers(cdn, stack),
                removed.format("response-headers-policy", "response-headers-policies"),
            ),
        ]
    return [Name(f"aws_{kind}", *rest) for kind, *rest in found]


def _has_group(logs: BaseClient, name: str) -> bool:
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in groups)


def _has_control(cdn: BaseClient, name: str) -> bool:
    found = cdn.list_origin_access_controls()["OriginAccessControlList"].get("Items", [])
    return any(each["Name"] == name for each in found)


def _has_headers(cdn: BaseClient, name: str) -> bool:
    found = cdn.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"].get(
        "Items", []
    )
    return any(
        each["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]["Name"] == name
        for each in found
    )
