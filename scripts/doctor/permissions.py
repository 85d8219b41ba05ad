"""Whether these credentials may do what a deploy and a destroy do, by IAM's own simulation: nothing
is tried."""

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from scripts.doctor.actions import Need, needed
from scripts.doctor.aws import DENIED, code
from scripts.doctor.context import CheckContext
from scripts.doctor.result import Result, fail, ok, warn
from scripts.doctor.threads import together

# How many IAM takes in one call.
MOST = 100
# How many missing actions a line names.
SHOWN = 6
# The role of an AWS Academy learner lab.
LEARNER_LAB = "voclabs"
NO_ROLES = "learner lab: this account cannot create roles, and without a role no function runs"
OWN_ACCOUNT = "such an account cannot run the stack; use one of your own (and make up runs it on this machine)"


def permissions(context: CheckContext) -> Result:
    """All of them, or which are missing."""
    if context.identity.is_root:
        return ok("the root user may do everything")
    wanted, iam = needed(context), context.aws.client("iam")
    try:
        source = _principal(iam, context)
        denied = _denied(iam, context, source, wanted)
    except ClientError as error:
        if code(error) not in DENIED | {"NoSuchEntity", "InvalidInput"}:
            raise
        if context.identity.role == LEARNER_LAB:
            return fail(NO_ROLES, OWN_ACCOUNT)
        return warn(
            "could not be simulated: these credentials lack iam:SimulatePrincipalPolicy",
            "allow it, or go on: Terraform names the first action that is denied",
        )
    if "iam:CreateRole" in denied and context.identity.role == LEARNER_LAB:
        return fail(NO_ROLES, OWN_ACCOUNT)
    if denied:
        denied.sort(key=lambda action: action != "iam:CreateRole")
        features = {action: need.feature for need in wanted for action in need.actions}
        names = [f"{action} ({features[action]})" for action in denied]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        lab = (
            "; a learner lab never allows iam:CreateRole: use an account of your own"
            if "iam:CreateRole" in denied
            else ""
        )
        return fail(
            f"denied: {', '.join(names[:SHOWN])}{more}",
            f"allow them to {source}; all are in scripts/doctor/actions.py{lab}",
        )
    count = len({action for need in wanted for action in need.actions})
    return ok(f"all {count} actions of a deploy and a destroy are allowed")


def _principal(iam: BaseClient, context: CheckContext) -> str:
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


def _denied(iam: BaseClient, context: CheckContext, source: str, wanted: list[Need]) -> list[str]:
    """First whether each action is allowed on everything; those that are not are asked again on the
    stack's own resource."""
    actions = list(dict.fromkeys(action for need in wanted for action in need.actions))
    parts = [actions[start : start + MOST] for start in range(0, len(actions), MOST)]
    limited = set().union(
        *together(lambda part=part: _simulate(iam, context, source, part, "*") for part in parts)
    )
    asked: dict[str, list[str]] = {}
    for need in wanted:
        asked.setdefault(need.on(context), []).extend(
            action for action in need.actions if action in limited
        )
    answers = together(
        lambda arn=arn, names=names: _simulate(iam, context, source, names, arn)
        for arn, names in asked.items()
        if names
    )
    denied = set().union(*answers)
    return [action for action in actions if action in denied]


def _simulate(
    iam: BaseClient, context: CheckContext, source: str, actions: list[str], arn: str
) -> set[str]:
    """Those that are denied. Policies often ask for the region, and for whom a role is passed to."""
    facts = {"aws:RequestedRegion": context.region, "iam:PassedToService": "lambda.amazonaws.com"}
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in facts.items()
    ]
    asked = {
        "PolicySourceArn": source,
        "ActionNames": list(dict.fromkeys(actions)),
        "ResourceArns": [arn],
        "ContextEntries": entries,
    }
    pages = iam.get_paginator("simulate_principal_policy").paginate(**asked)
    results = (result for page in pages for result in page["EvaluationResults"])
    return {result["EvalActionName"] for result in results if result["EvalDecision"] != "allowed"}
