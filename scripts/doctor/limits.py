"""What AWS lets this account have."""

import re

from botocore.exceptions import ClientError

from scripts.doctor.aws import DENIED, GLOBAL, code
from scripts.doctor.check import CheckContext, Result, fail, ok, skip, warn
from scripts.doctor.state import refused_cdn
from scripts.stack.aws_kinds import KINDS

# What new accounts have instead of 1,000.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
FEW = 10
# Concurrent executions, in Service Quotas.
LAMBDA_QUOTA = "L-B99A9384"
NO_CDN = (
    "set cdn_enabled = false in settings.toml: the page is then a public S3 object over HTTPS,"
    " and the chat is the same"
)


def cloudfront(context: CheckContext) -> Result:
    """Whether CloudFront accepts the account. It says so for certain only when a distribution is
    made, so this weighs what can be read."""
    if not context.setting("cdn_enabled", True):
        return ok("not used (cdn_enabled = false)")
    client = context.aws.client("cloudfront", GLOBAL)
    try:
        found = client.list_distributions(MaxItems="1")["DistributionList"]
    except ClientError as error:
        if code(error) not in DENIED:
            raise
        denied = "these credentials may not use CloudFront, or the account may not"
        return fail(denied, f"allow cloudfront:* to them, or {NO_CDN}")
    if found.get("Quantity"):
        return ok("allowed: the account has distributions")
    if log := refused_cdn(context):
        support = "to have CloudFront after all, ask AWS Support to verify the account"
        refused = "AWS refused it in an earlier deploy: the account is not verified"
        return fail(refused, f"{NO_CDN}; {support}, then delete {log}")
    if context.env == "aws" and _is_new(context):
        new = "no distribution yet, and the account looks new"
        return warn(f"{new}: AWS may refuse the first one until it is verified", f"if so, {NO_CDN}")
    return ok("nothing speaks against it; only making a distribution shows it for certain")


def _is_new(context: CheckContext) -> bool:
    """Lambda's low limit is the one sign of a new account that nearly every credential may read."""
    try:
        return _executions(context) <= FEW
    except ClientError:
        return False


def lambda_executions(context: CheckContext) -> Result:
    """How many turns may run at once."""
    most = _executions(context)
    if most > FEW:
        return ok(f"{most} executions at once")
    increase = (
        "aws service-quotas request-service-quota-increase --service-code lambda"
        f" --quota-code {LAMBDA_QUOTA} --desired-value 1000 --region {context.region}"
    )
    return warn(
        f"{most} executions at once, for all functions: so many requests and replies together",
        f"enough for a few people; more costs nothing: {increase}",
    )


def _executions(context: CheckContext) -> int:
    limits = context.aws.client("lambda").get_account_settings()["AccountLimit"]
    return limits["ConcurrentExecutions"]


def budgets(context: CheckContext) -> Result:
    """Whether the kill switch costs nothing: AWS gives two budgets with actions away.
    https://aws.amazon.com/aws-cost-management/aws-budgets/pricing/"""
    if context.env == "local":
        return skip("the emulator's budgets have no actions")
    listing = context.aws.client("budgets").get_paginator("describe_budget_actions_for_account")
    try:
        pages = listing.paginate(AccountId=context.identity.account)
        names = {action["BudgetName"] for page in pages for action in page["Actions"]}
    except ClientError as error:
        if code(error) not in DENIED:
            raise
        return fail(
            "AWS Budgets does not answer these credentials",
            "allow budgets:ViewBudget and budgets:ModifyBudget to them; the root user switches on"
            " Account > IAM access to Billing",
        )
    others = len(names - {context.stack})
    if others >= KINDS["aws_budgets_budget_action"].free:
        cost = "two are free, so this stack's costs 0.10 USD a day"
        return warn(f"{others} other budgets have actions; {cost}", "remove an action of no use")
    used = f"{others} of the account's two free ones {'is' if others == 1 else 'are'} in use"
    return ok(f"this stack's action is free: {used}")


def alert_email(context: CheckContext) -> Result:
    """Whether anybody hears of alarms and costs."""
    address = context.setting("alert_email")
    if not address:
        return warn(
            "no alert_email: nobody will be told of alarms, nor when the costs near their limit",
            "set alert_email in settings.toml",
        )
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(address)):
        fix = 'write alert_email = "ana@example.com" in settings.toml'
        return fail(f"{address} is no address", fix)
    return ok(f"alarms and AWS Budgets write to {address}")
