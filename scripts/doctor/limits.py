"""What AWS lets this account have."""

import re

from botocore.exceptions import ClientError

from scripts.doctor.aws import DENIED, GLOBAL, code
from scripts.doctor.context import CheckContext
from scripts.doctor.result import Result, fail, ok, skip, warn
from scripts.doctor.state import refused_cdn

# What new accounts have instead of 1,000.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
FEW = 10
# Concurrent executions, in Service Quotas.
LAMBDA_QUOTA = "L-B99A9384"
# Action-enabled budgets that cost nothing; each further one costs 0.10 USD a day.
# https://aws.amazon.com/aws-cost-management/aws-budgets/pricing/
FREE_BUDGETS = 2
NO_CDN = "set cdn_enabled = false in settings.toml: the page is then a public S3 object over HTTPS, and the chat is the same"


def cloudfront(context: CheckContext) -> Result:
    """Whether CloudFront takes the account. It says so for certain only when a distribution is
    made, so this weighs what can be read."""
    if not context.setting("cdn_enabled", True):
        return ok("not used (cdn_enabled = false)")
    try:
        found = context.aws.client("cloudfront", GLOBAL).list_distributions(MaxItems="1")[
            "DistributionList"
        ]
    except ClientError as error:
        if code(error) in DENIED:
            return fail(
                "these credentials may not use CloudFront, or the account may not",
                f"allow cloudfront:* to them, or {NO_CDN}",
            )
        raise
    if found.get("Quantity"):
        return ok("allowed: the account has distributions")
    if log := refused_cdn(context):
        support = f"to have CloudFront after all, ask AWS Support to verify the account, then delete {log}"
        return fail(
            "AWS refused it in an earlier deploy: the account is not verified",
            f"{NO_CDN}; {support}",
        )
    if context.env == "aws" and _is_new(context):
        return warn(
            "no distribution yet, and the account looks new: AWS may refuse the first one until it is verified",
            f"if so, {NO_CDN}",
        )
    return ok("nothing speaks against it; for certain AWS says so only when a distribution is made")


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
    quota = f"--service-code lambda --quota-code {LAMBDA_QUOTA} --desired-value 1000 --region {context.region}"
    return warn(
        f"{most} executions at once, for all functions: so many requests and replies together",
        f"enough for a few people; more costs nothing: aws service-quotas request-service-quota-increase {quota}",
    )


def _executions(context: CheckContext) -> int:
    return context.aws.client("lambda").get_account_settings()["AccountLimit"][
        "ConcurrentExecutions"
    ]


def budgets(context: CheckContext) -> Result:
    """Whether the kill switch costs nothing: AWS gives two budgets with actions away."""
    if context.env == "local":
        return skip("the emulator's budgets have no actions")
    try:
        paginator = context.aws.client("budgets").get_paginator(
            "describe_budget_actions_for_account"
        )
        pages = paginator.paginate(AccountId=context.identity.account)
        names = {action["BudgetName"] for page in pages for action in page["Actions"]}
    except ClientError as error:
        if code(error) in DENIED:
            return fail(
                "AWS Budgets does not answer these credentials",
                "allow budgets:ViewBudget and budgets:ModifyBudget to them; the root user switches on Account > IAM access to Billing",
            )
        raise
    others = len(names - {context.stack})
    if others >= FREE_BUDGETS:
        return warn(
            f"{others} other budgets have actions; two are free, so this stack's costs 0.10 USD a day",
            "remove an action that nobody needs",
        )
    return ok(
        f"this stack's action is free: {others} of the account's two free ones {'is' if others == 1 else 'are'} in use"
    )


def alert_email(context: CheckContext) -> Result:
    """Whether anybody hears of alarms and costs."""
    address = context.setting("alert_email")
    if not address:
        return warn(
            "no alert_email: nobody will be told of alarms, nor when the costs near their limit",
            "set alert_email in settings.toml",
        )
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(address)):
        return fail(
            f"{address} is no address", 'write alert_email = "ana@example.com" in settings.toml'
        )
    return ok(f"alarms and AWS Budgets write to {address}")
