"""Whose account it is, where, and on which of AWS's plans."""

import os
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from scripts.doctor.aws import DENIED, GLOBAL, MISSING, UNREACHED, code, message
from scripts.doctor.check import CheckContext, Identity, Result, fail, ok, skip, warn

# botocore's name for where it found the credentials, in words.
SOURCES = {
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
UNSIGNED = {"SignatureDoesNotMatch", "InvalidSignatureException"}
UNSIGNED |= {"RequestTimeTooSkewed", "RequestInTheFuture"}
SSO = (exceptions.SSOError, exceptions.TokenRetrievalError, exceptions.NoAuthTokenError)
SKEW = 300  # seconds that AWS allows between its clock and the signer's
HOW = "sign in with `aws login` or `aws configure sso`, or give an access key to `aws configure`"


def credentials(context: CheckContext) -> Result:
    """Found, and good. Remembers whose they are."""
    profile = f" --profile {context.aws.profile}" if context.aws.profile else ""
    try:
        found = context.aws.credentials()
        if found is None:
            return fail("there are no AWS credentials on this machine", HOW)
        answer = context.aws.client("sts", GLOBAL).get_caller_identity()
    except ClientError as error:
        return _refused(error, found.method, profile)
    except UNREACHED:
        proxy = "check the internet connection, and HTTPS_PROXY if there is a proxy"
        return fail("AWS cannot be reached", proxy)
    except BotoCoreError as error:
        return _unreadable(error, profile)
    identity = context.signed_in = Identity(answer["Account"], answer["Arn"])
    source = SOURCES.get(found.method, found.method)
    if context.aws.profile:
        source += f" (profile {context.aws.profile})"
    who = f"account {identity.account} as {identity.arn}, {source}"
    # The emulator knows nobody else.
    if identity.is_root and context.env == "aws":
        fix = "make an IAM or Identity Center user and use that one"
        return warn(f"{who}: the root user, whom nothing limits", fix)
    return ok(who)


def _unreadable(error: BotoCoreError, profile: str) -> Result:
    """What botocore says of the machine's own AWS settings."""
    if isinstance(error, exceptions.ProfileNotFound):
        found = f"there is no profile {os.environ.get('AWS_PROFILE')}"
        return fail(found, "name one of `aws configure list-profiles` in AWS_PROFILE")
    if isinstance(error, SSO):
        return fail(f"the SSO session is over ({message(error)})", f"run aws sso login{profile}")
    if isinstance(error, exceptions.LoginError):
        found = f"the session of `aws login` is over ({message(error)})"
        return fail(found, f"run aws login{profile}")
    return fail(f"the credentials cannot be read: {message(error)}", HOW)


def _refused(error: ClientError, method: str, profile: str) -> Result:
    name = code(error)
    if name in EXPIRED:
        renew = f"renew them: {HOW}; a learner lab shows new ones under AWS Details"
        if method == "sso":
            renew = f"run aws sso login{profile}"
        return fail("the credentials have expired", renew)
    if name in UNKNOWN:
        return fail("AWS does not know the access key", f"it was deleted or mistyped: {HOW}")
    if name not in UNSIGNED:
        return fail(f"AWS refuses the credentials: {message(error)}", HOW)
    ahead = _ahead(error)
    if abs(ahead) <= SKEW:
        return fail("the secret does not belong to the access key", f"it was mistyped: {HOW}")
    side = "ahead of" if ahead > 0 else "behind"
    wrong = f"this machine's clock is {abs(ahead) // 60} minutes {side} AWS's"
    return fail(wrong, "set it by network time (NTP)")


def _ahead(error: ClientError) -> int:
    """Seconds by which this machine's clock is before AWS's, by the answer's own date."""
    date = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return int((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()) if date else 0


def region(context: CheckContext) -> Result:
    """There, switched on for this account, and the one that the shell uses as well."""
    name, shell = context.region, context.aws.shell_region
    choose = 'set region = "us-east-1" in settings.toml'
    client = context.aws.client("ec2", GLOBAL)
    try:
        found = client.describe_regions(RegionNames=[name], AllRegions=True)["Regions"]
    except ClientError as error:
        if code(error) in DENIED:
            unseen = f"{name}; these credentials may not see whether it is switched on"
            return warn(unseen, "allow ec2:DescribeRegions, or go on")
        return fail(f"AWS has no region {name}", choose)
    if found and found[0].get("OptInStatus") == "not-opted-in":
        enable = f"aws account enable-region --region-name {name}, or {choose}"
        return fail(f"{name} is not switched on in this account", enable)
    if shell and shell != name:
        fix = f"the stack goes to {name}; for the aws command: export AWS_REGION={name}"
        return warn(f"{name}, while your shell uses {shell}", fix)
    return ok(f"{name}, switched on")


def plan(context: CheckContext) -> Result:
    """AWS's plan for the account: a free one ends with its credits or its date."""
    if context.env == "local":
        return skip("the emulator has no plans")
    try:
        state = context.aws.client("freetier", GLOBAL).get_account_plan_state()
    except ClientError as error:
        if code(error) in DENIED:
            return skip("unknown: these credentials lack freetier:GetAccountPlanState")
        if code(error) in MISSING:
            return ok("AWS reports no plan: an older account, or one of an organisation")
        raise
    if state.get("accountPlanType") != "FREE":
        return ok("paid plan")
    usd = state.get("accountPlanRemainingCredits", {}).get("amount", 0)
    date = state.get("accountPlanExpirationDate")
    day = f"{date:%Y-%m-%d}" if date else "an unknown date"
    upgrade = "upgrade under Billing > Account plan"
    if state.get("accountPlanStatus") == "EXPIRED":
        return fail(f"the free plan ended on {day}", f"{upgrade}: until then AWS makes nothing")
    closes = f"AWS closes the account on {day}, or when they are gone"
    credit = f"free plan: {usd:.2f} USD of credits left; {closes}"
    return warn(credit, f"{upgrade} before that; the credits stay")
