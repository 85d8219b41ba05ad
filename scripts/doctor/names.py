"""Whether the stack's names are free, and what an earlier deploy left behind."""

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from scripts.doctor.aws import DENIED, GLOBAL, MISSING, code
from scripts.doctor.context import Context
from scripts.doctor.result import Result, fail, ok, skip, warn
from scripts.doctor.state import known
from scripts.doctor.threads import together

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Name:
    """A name that AWS gives only once. `id` is Terraform's for it, `taken` asks AWS, `remove` is the command for the aws program."""

    kind: str
    id: str
    taken: Callable[[], object]
    remove: str


def names(context: Context) -> Result:
    """Free, or this stack's own already."""
    mine = known(context)
    if mine is None:
        return skip("the state is in a bucket: Terraform's plan tells what is this stack's")
    wanted = _names(context)
    answers = together(lambda name=name: _taken(name) for name in wanted)
    taken = [name for name, is_taken in zip(wanted, answers, strict=True) if is_taken and name.id not in mine]
    if not taken:
        return ok(f"all {len(wanted)} are free" if not mine else f"all {len(wanted)} are free or this stack's own")
    commands = "; ".join(f"aws {name.remove}" for name in taken)
    return fail(
        f"taken by what this folder's Terraform does not know: {', '.join(f'{name.kind} {name.id}' for name in taken)}",
        f"deploy from the folder that made them, or under another name (STACK=other); if nobody needs what is in them, remove them: {commands}",
    )


def leftovers(context: Context) -> Result:
    """Things with this stack's tags that its state does not know."""
    mine = known(context)
    if mine is None:
        return skip("the state is in a bucket: Terraform's plan tells what is this stack's")
    left = sorted(tagged(context) - mine)
    if not left:
        return ok("none")
    more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    return warn(
        f"{len(left)} of an earlier {context.stack}: {', '.join(left[:SHOWN])}{more}",
        "make verify-gone lists all with the way to remove each; what was removed just now may still show for some minutes",
    )


def tagged(context: Context) -> set[str]:
    """The ARNs of all that carries this stack's tags (terraform/providers.tf). What belongs to no region is listed in us-east-1."""
    tags = [{"Key": key, "Values": [value]} for key, value in (("Project", "forever-us"), ("Stack", context.stack))]
    found = set()
    for region in {context.region, GLOBAL}:
        pages = context.aws.client("resourcegroupstaggingapi", region).get_paginator("get_resources").paginate(TagFilters=tags)
        found |= {each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]}
    return found


def _taken(name: Name) -> bool:
    try:
        return bool(name.taken())
    except ClientError as error:
        if code(error) in MISSING:
            return False
        # A bucket of somebody else's is 403 to us, and so is any to whom buckets are denied: the permissions' check tells that.
        if code(error) in DENIED:
            return False
        raise


def _names(context: Context) -> list[Name]:
    stack, account, client = context.stack, context.identity.account, context.aws.client
    s3, iam, budgets = client("s3"), client("iam"), client("budgets")
    bucket, group = f"{stack}-site-{account}", f"/aws/lambda/{stack}"
    policy = f"arn:aws:iam::{account}:policy/{stack}-deny-model"
    found = [
        Name("bucket", bucket, lambda: s3.head_bucket(Bucket=bucket), f"s3 rb --force s3://{bucket}"),
        Name("table", stack, lambda: client("dynamodb").describe_table(TableName=stack), f"dynamodb delete-table --table-name {stack}"),
        Name(
            "function", stack, lambda: client("lambda").get_function(FunctionName=stack), f"lambda delete-function --function-name {stack}"
        ),
        Name("log group", group, lambda: _has_group(client("logs"), group), f"logs delete-log-group --log-group-name {group}"),
        Name("policy", policy, lambda: iam.get_policy(PolicyArn=policy), f"iam delete-policy --policy-arn {policy}"),
        Name(
            "budget",
            f"{account}:{stack}",
            lambda: budgets.describe_budget(AccountId=account, BudgetName=stack),
            f"budgets delete-budget --account-id {account} --budget-name {stack}",
        ),
    ]
    for role in (stack, f"{stack}-budget"):
        # Its policies go first, or IAM refuses.
        remove = f"iam delete-role-policy --role-name {role} --policy-name {role} && aws iam delete-role --role-name {role}"
        found.append(Name("role", role, lambda role=role: iam.get_role(RoleName=role), remove))
    return found


def _has_group(logs, name: str) -> bool:
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in groups)
