"""Whether the stack's names are free, and what an earlier deploy left behind."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import ClientError

from scripts.doctor.aws import DENIED, GLOBAL, MISSING, code
from scripts.doctor.check import CheckContext, Result, fail, ok, skip, warn
from scripts.doctor.state import known
from scripts.doctor.threads import together

SHOWN = 3
# What S3 says of a bucket in another region.
ELSEWHERE = "301"
IN_BUCKET = "the state is in a bucket: Terraform's plan tells what is this stack's"


@dataclass(frozen=True, slots=True)
class Name:
    """A name that AWS gives only once. `type` and `id` are Terraform's, `look` asks AWS for it and
    raises or is false where it is free, and `remove` is the command for the aws program."""

    type: str
    id: str
    remove: str
    look: Callable[[], object]

    @property
    def words(self) -> str:
        """Such as "dynamodb table forever-us"."""
        return f"{self.type.removeprefix('aws_').replace('_', ' ')} {self.id}"

    def is_taken(self) -> bool | None:
        """None where these credentials may not look; so it is also with a foreign bucket."""
        try:
            return bool(self.look())
        except ClientError as error:
            if code(error) in DENIED:
                return None
            if code(error) in MISSING | {ELSEWHERE}:
                return code(error) == ELSEWHERE
            raise


def names(context: CheckContext) -> Result:
    """Free, or this stack's own already."""
    mine = known(context)
    if mine is None:
        return skip(IN_BUCKET)
    wanted = _names(context)
    answers = dict(zip(wanted, together(name.is_taken for name in wanted), strict=True))
    own = {name for name in wanted if f"{name.type} {name.id}" in mine}
    taken = [name for name in wanted if answers[name] and name not in own]
    unseen = [name.words for name in wanted if answers[name] is None]
    if not taken and unseen:
        found = f"none is taken, but these credentials may not look for {', '.join(unseen)}"
        return warn(found, "allow it, or go on without knowing")
    if not taken:
        return ok(f"all {len(wanted)} are free" + (" or this stack's own" if mine else ""))
    copied = f", after copying its .stacks/{context.stack} here" if context.env == "aws" else ""
    removed = "make verify-gone lists the way to remove each"
    if len(taken) <= SHOWN:
        removed = "; ".join(f"aws {name.remove}" for name in taken)
    listed = _some([name.words for name in taken])
    return fail(
        f"taken by what this folder's Terraform does not know: {listed}",
        f"deploy from the folder that made them{copied}, or under another name (STACK=other); "
        f"if nobody needs what is in them, remove them: {removed}",
    )


def leftovers(context: CheckContext) -> Result:
    """Resources with this stack's tags that its state does not know."""
    mine = known(context)
    if mine is None:
        return skip(IN_BUCKET)
    left = sorted(_tagged(context) - mine)
    if not left:
        return ok("none")
    return warn(
        f"{len(left)} of an earlier {context.stack}: {_some(left)}",
        "make verify-gone lists all with the way to remove each; what was removed just now may"
        " still show for some minutes",
    )


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


def _names(context: CheckContext) -> list[Name]:
    stack, account = context.stack, context.identity.account
    bucket, policy = f"{stack}-site-{account}", f"arn:aws:iam::{account}:policy/{stack}-deny-model"
    group, budget = f"/aws/lambda/{stack}", {"AccountId": account, "BudgetName": stack}

    def name(kind: str, own: str, remove: str, asks: str, **arguments: str) -> Name:
        service, operation = asks.split()
        look = partial(getattr(context.aws.client(service), operation), **arguments)
        return Name(f"aws_{kind}", own, f"{service} {remove}", look)

    def groups() -> bool:
        found = context.aws.client("logs").describe_log_groups(logGroupNamePrefix=group)
        return any(each["logGroupName"] == group for each in found["logGroups"])

    drop_table = f"delete-table --table-name {stack}"
    drop_function = f"delete-function --function-name {stack}"
    drop_budget = f"delete-budget --account-id {account} --budget-name {stack}"
    drop_group = f"logs delete-log-group --log-group-name {group}"
    found = [
        name("s3_bucket", bucket, f"rb --force s3://{bucket}", "s3 head_bucket", Bucket=bucket),
        name("dynamodb_table", stack, drop_table, "dynamodb describe_table", TableName=stack),
        name("lambda_function", stack, drop_function, "lambda get_function", FunctionName=stack),
        Name("aws_cloudwatch_log_group", group, drop_group, groups),
        name(
            "iam_policy",
            policy,
            f"delete-policy --policy-arn {policy}",
            "iam get_policy",
            PolicyArn=policy,
        ),
        name(
            "budgets_budget", f"{account}:{stack}", drop_budget, "budgets describe_budget", **budget
        ),
    ]
    for role in (stack, f"{stack}-budget"):
        # Its policy goes first, or IAM refuses.
        first = f"delete-role-policy --role-name {role} --policy-name {role}"
        remove = f"{first}; aws iam delete-role --role-name {role}"
        found.append(name("iam_role", role, remove, "iam get_role", RoleName=role))
    return found + (_cdn_names(context) if context.setting("cdn_enabled", True) else [])


def _cdn_names(context: CheckContext) -> list[Name]:
    cdn, stack = context.aws.client("cloudfront", GLOBAL), context.stack

    def controls() -> bool:
        found = cdn.list_origin_access_controls()["OriginAccessControlList"]
        return any(each["Name"] == stack for each in found.get("Items", []))

    def policies() -> bool:
        found = cdn.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]
        held = (each["ResponseHeadersPolicy"] for each in found.get("Items", []))
        return any(each["ResponseHeadersPolicyConfig"]["Name"] == stack for each in held)

    def remove(kind: str, listing: str) -> str:
        ids = f"both from: aws cloudfront get-{kind} --id ID, which {listing} tells"
        return f"cloudfront delete-{kind} --id ID --if-match ETAG ({ids})"

    control = remove("origin-access-control", "list-origin-access-controls")
    policy = remove("response-headers-policy", "list-response-headers-policies")
    return [
        Name("aws_cloudfront_origin_access_control", stack, control, controls),
        Name("aws_cloudfront_response_headers_policy", stack, policy, policies),
    ]
