"""Whether these credentials have the few rights that decide a deploy, by IAM's own simulation:
nothing is tried. Terraform names any other right that is missing."""

from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from scripts.doctor.aws import DENIED, code
from scripts.doctor.check import CheckContext, Result, fail, ok, warn
from scripts.doctor.threads import together

# The right, what would be missing without it, and the stack's own resource, on which a policy may
# allow it alone.
_ROLE = "arn:aws:iam::{account}:role/{stack}"
_MODEL = "arn:aws:bedrock:{region}::foundation-model/{model}"
_FUNCTION = "arn:aws:lambda:{region}:{account}:function:{stack}"
RIGHTS = {
    "iam:CreateRole": ("the function's role", _ROLE),
    "iam:PassRole": ("the function's role", _ROLE),
    "lambda:CreateFunction": ("the function", _FUNCTION),
    "dynamodb:CreateTable": ("the table", "arn:aws:dynamodb:{region}:{account}:table/{stack}"),
    "cloudfront:CreateDistribution": ("CloudFront", "arn:aws:cloudfront::{account}:*"),
    "bedrock:InvokeModelWithResponseStream": ("the model", _MODEL),
    "budgets:ModifyBudget": ("the budget", "arn:aws:budgets::{account}:budget/{stack}"),
}
# The role of an AWS Academy learner lab.
LEARNER_LAB = "voclabs"
NO_ROLES = "learner lab: this account cannot create roles, and without a role no function runs"
OWN_ACCOUNT = (
    "such an account cannot run the stack; use one of your own (and make up runs it on this"
    " machine)"
)


def permissions(context: CheckContext) -> Result:
    """All of them, or which are missing."""
    if context.identity.is_root:
        return ok("the root user may do everything")
    in_lab = context.identity.role == LEARNER_LAB
    iam = context.aws.client("iam")
    try:
        source = _principal(iam, context)
        denied = _denied(iam, context, source)
    except ClientError as error:
        if code(error) not in DENIED | {"NoSuchEntity", "InvalidInput"}:
            raise
        if in_lab:
            return fail(NO_ROLES, OWN_ACCOUNT)
        return warn(
            "could not be simulated: these credentials lack iam:SimulatePrincipalPolicy",
            "allow it, or go on: Terraform names the first action that is denied",
        )
    if not denied:
        return ok(f"the {len(_wanted(context))} rights that decide a deploy are allowed")
    has_no_roles = "iam:CreateRole" in denied
    if has_no_roles and in_lab:
        return fail(NO_ROLES, OWN_ACCOUNT)
    names = ", ".join(f"{action} ({RIGHTS[action][0]})" for action in denied)
    lab = "; a learner lab never allows iam:CreateRole: use an account of your own"
    return fail(f"denied: {names}", f"allow them to {source}{lab if has_no_roles else ''}")


def _wanted(context: CheckContext) -> dict[str, str]:
    """The rights that this stack's settings need, with their resource."""
    names = {"stack": context.stack, "region": context.region, "model": context.model}
    names["account"] = context.identity.account
    wanted = {action: arn.format(**names) for action, (_, arn) in RIGHTS.items()}
    if not context.setting("cdn_enabled", True):
        del wanted["cloudfront:CreateDistribution"]
    return wanted


def _principal(iam: Any, context: CheckContext) -> str:
    """Whose policies count: behind a session, its role's. A role of Identity Center has a path,
    which the session's ARN leaves out."""
    identity = context.identity
    if not identity.role:
        return identity.arn
    try:
        return iam.get_role(RoleName=identity.role)["Role"]["Arn"]
    except ClientError as error:
        if code(error) not in DENIED:
            raise
        return f"arn:aws:iam::{identity.account}:role/{identity.role}"


def _denied(iam: Any, context: CheckContext, source: str) -> list[str]:
    wanted = _wanted(context)
    tasks = [partial(_is_denied, iam, context, source, *right) for right in wanted.items()]
    answers = together(tasks)
    return [action for action, is_denied in zip(wanted, answers, strict=True) if is_denied]


def _is_denied(iam: Any, context: CheckContext, source: str, action: str, arn: str) -> bool:
    """Policies often name the region, and whom a role is passed to."""
    facts = {"aws:RequestedRegion": context.region, "iam:PassedToService": "lambda.amazonaws.com"}
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in facts.items()
    ]
    answer = iam.simulate_principal_policy(
        PolicySourceArn=source, ActionNames=[action], ResourceArns=[arn], ContextEntries=entries
    )
    return any(each["EvalDecision"] != "allowed" for each in answer["EvaluationResults"])
