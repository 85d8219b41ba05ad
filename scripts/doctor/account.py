"""Whose account it is, where, and on which of AWS's plans."""

import os
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from scripts.doctor.aws import DENIED, GLOBAL, MISSING, UNREACHED, code, said
from scripts.doctor.context import CheckContext, Identity
from scripts.doctor.result import Result, fail, ok, skip, warn

# botocore's name of the place where it found credentials, for people.
PLACES = {
    "env": "from the environment",
    "shared-credentials-file": "from the credentials file",
    "config-file": "from the configuration file",
    "sso": "by SSO",
    "login": "by aws login",
    "assume-role": "by an assumed role",
    "custom-process": "by credential_process",
    "explicit": "the emulator's",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"}
UNSIGNED = {
    "SignatureDoesNotMatch",
    "RequestTimeTooSkewed",
    "InvalidSignatureException",
    "RequestInTheFuture",
}
SSO = (exceptions.SSOError, exceptions.TokenRetrievalError, exceptions.NoAuthTokenError)
SKEW = 300  # seconds that AWS allows between its clock and the signer's
HOW = "sign in with `aws login` or `aws configure sso`, or give an access key to `aws configure`"


def credentials(context: CheckContext) -> Result:
    """Found, and good. Remembers who they are."""
    profile = f" --profile {context.aws.profile}" if context.aws.profile else ""
    try:
        found = context.aws.credentials()
        if found is None:
            return fail("there are no AWS credentials on this machine", HOW)
        answer = context.aws.client("sts", GLOBAL).get_caller_identity()
    except exceptions.ProfileNotFound:
        return fail(
            f"there is no profile {os.environ.get('AWS_PROFILE')}",
            "name one of `aws configure list-profiles` in AWS_PROFILE",
        )
    except SSO as error:
        return fail(f"the SSO session is over ({said(error)})", f"run aws sso login{profile}")
    except exceptions.LoginError as error:
        return fail(
            f"the session of `aws login` is over ({said(error)})", f"run aws login{profile}"
        )
    except UNREACHED:
        return fail(
            "AWS cannot be reached",
            "check the internet connection, and HTTPS_PROXY if there is a proxy",
        )
    except BotoCoreError as error:
        return fail(f"the credentials cannot be read: {said(error)}", HOW)
    except ClientError as error:
        return _refused(error, found.method, profile)
    context.identity = Identity(answer["Account"], answer["Arn"])
    target = PLACES.get(found.method, found.method) + (
        f" (profile {context.aws.profile})" if profile else ""
    )
    who = f"account {answer['Account']} as {answer['Arn']}, {target}"
    # The emulator knows nobody else.
    if context.identity.is_root and context.env == "aws":
        return warn(
            f"{who}: the root user, whom nothing limits",
            "make an IAM or Identity Center user and use that one",
        )
    return ok(who)


def _refused(error: ClientError, method: str, profile: str) -> Result:
    name = code(error)
    if name in EXPIRED:
        renew = (
            f"run aws sso login{profile}"
            if method == "sso"
            else f"renew them: {HOW}; a learner lab shows new ones under AWS Details"
        )
        return fail("the credentials have expired", renew)
    if name in UNKNOWN:
        return fail("AWS does not know the access key", f"it was deleted or mistyped: {HOW}")
    if name in UNSIGNED:
        ahead = _ahead(error)
        if abs(ahead) > SKEW:
            side = "ahead of" if ahead > 0 else "behind"
            return fail(
                f"this machine's clock is {abs(ahead) // 60} minutes {side} AWS's",
                "set it by network time (NTP)",
            )
        return fail("the secret does not belong to the access key", f"it was mistyped: {HOW}")
    return fail(f"AWS refuses the credentials: {said(error)}", HOW)


def _ahead(error: ClientError) -> int:
    """Seconds by which this machine's clock is before AWS's, by the answer's own date."""
    date = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return int((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()) if date else 0


def region(context: CheckContext) -> Result:
    """There, switched on for this account, and the one that the shell uses as well."""
    name, shell = context.region, context.aws.shell_region
    choose = 'set region = "us-east-1" in settings.toml'
    try:
        answer = context.aws.client("ec2", GLOBAL).describe_regions(
            RegionNames=[name], AllRegions=True
        )
    except ClientError as error:
        if code(error) in DENIED:
            return warn(
                f"{name}; these credentials may not ask whether it is switched on",
                "allow ec2:DescribeRegions, or go on",
            )
        return fail(f"AWS has no region {name}", choose)
    found = answer.get("Regions") or [{}]
    if found[0].get("OptInStatus") == "not-opted-in":
        return fail(
            f"{name} is not switched on in this account",
            f"aws account enable-region --region-name {name}, or {choose}",
        )
    if shell and shell != name:
        return warn(
            f"{name}, while your shell uses {shell}",
            f"the stack goes to {name}; for the aws command: export AWS_REGION={name}",
        )
    return ok(f"{name}, switched on")


def plan(context: CheckContext) -> Result:
    """AWS's plan for the account: a free one ends with its credits or its date."""
    if context.env == "local":
        return skip("the emulator has no plans")
    try:
        state = context.aws.client("freetier", GLOBAL).get_account_plan_state()
    except ClientError as error:
        if code(error) in DENIED:
            return skip("not asked: these credentials lack freetier:GetAccountPlanState")
        if code(error) in MISSING:
            return ok("AWS tells of no plan: an older account, or one of an organisation")
        raise
    if state.get("accountPlanType") != "FREE":
        return ok("paid plan")
    money, date = (
        state.get("accountPlanRemainingCredits", {}),
        state.get("accountPlanExpirationDate"),
    )
    day = f"{date:%Y-%m-%d}" if date else "a day that AWS does not tell"
    upgrade = "upgrade under Billing > Account plan before that; the credits stay"
    if state.get("accountPlanStatus") == "EXPIRED":
        return fail(
            f"the free plan ended on {day}",
            "upgrade under Billing > Account plan: until then AWS makes nothing",
        )
    return warn(
        f"free plan: {money.get('amount', 0):.2f} USD of credits left; AWS closes the account on {day}, or when they are gone",
        upgrade,
    )
