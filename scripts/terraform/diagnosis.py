"""Why Terraform could not do something, in sentences that say what to do: what failed, what AWS
said, the fix where it is known."""

import re
from dataclasses import dataclass
from pathlib import Path

from scripts.terraform import cli
from scripts.terraform.events import Error, TerraformReport
from scripts.workspace.target import StackTarget


@dataclass(frozen=True, slots=True)
class Known:
    """A cause that somebody has met before: how AWS words it, and what helps."""

    words: str
    fix: str


# In this order, the first that fits; each is searched for in "Operation Code: message".
KNOWN = (
    Known(
        r"VcpuLimitExceeded",
        "the account may not run so many processors at once: ask for more in the console under Service Quotas (Running On-Demand Standard "
        "instances; with SPOT=1, All Standard Spot Instance Requests), or take a smaller INSTANCE=…",
    ),
    Known(
        r"Insufficient(Instance)?Capacity|not supported in your requested Availability Zone",
        "AWS has no such machine free just now: try again later, without SPOT=1, or with another INSTANCE=…",
    ),
    Known(
        r"SpotMaxPriceTooLow|MaxSpotInstanceCountExceeded",
        "AWS gives this account no spot machine now: leave SPOT=1 out",
    ),
    Known(
        r"^RunInstances (InvalidParameterValue|InvalidParameterCombination|Unsupported|InvalidInstanceType)",
        "this account or region does not offer that machine: take another INSTANCE=…",
    ),
    Known(
        r"no matching EC2 VPC|VPCIdNotSpecified|no default VPC",
        "somebody removed this region's default network: aws ec2 create-default-vpc makes it again",
    ),
    Known(
        r"^RunInstances (UnauthorizedOperation|AccessDenied)",
        "your AWS user may not start machines: have ec2:RunInstances granted, or use BACKEND=bedrock",
    ),
    Known(
        r"^CreateRole (AccessDenied|UnauthorizedOperation)",
        "this account may not create IAM roles, as in learner labs and under some companies' rules: "
        "use an account of your own, or ask its administrator for iam:CreateRole",
    ),
    Known(
        r"^CreateDistribution\w* .*(must be verified|not verified|AccessDenied)",
        "CloudFront is not open to this account yet: write cdn_enabled = false into settings.toml, or ask AWS support to verify it",
    ),
    Known(
        r"^CreateDistribution\w* TooManyDistributions",
        "remove a distribution that nobody needs, or write cdn_enabled = false into settings.toml",
    ),
    Known(
        r"^PutBucketPolicy .*public",
        "the account blocks public buckets, which a page without CloudFront needs: write cdn_enabled = true into settings.toml, "
        "or allow public policies in the S3 console (Block Public Access settings for this account)",
    ),
    Known(
        r"cannot be assumed by Lambda|not assumable",
        "a new role takes IAM some seconds to spread: wait a minute",
    ),
    Known(
        r"LimitExceeded|StorageExceeded|QuotaExceeded|ServiceQuota|TooMany(Buckets|Policies)",
        "a quota of the account is full: remove what nobody needs, or ask for more in the console under Service Quotas",
    ),
    Known(
        r"TooManyRequests|Throttl|Rate exceeded|RequestLimitExceeded",
        "AWS had too many requests from this account: wait a minute",
    ),
    Known(
        r"^(CreateBudget|CreateBudgetAction|DescribeBudget\w*) AccessDenied",
        "this user may not see or make budgets: let the account's root user allow IAM access to billing, and grant budgets:*",
    ),
    Known(
        r"ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|security token .* (expired|invalid)",
        "your AWS credentials are not valid any more: sign in again",
    ),
    Known(
        r"no valid credential sources|failed to refresh cached credentials|NoCredentialProviders",
        "there are no AWS credentials: sign in (aws sso login, aws configure), or name a profile with AWS_PROFILE",
    ),
    Known(
        r"AccessDenied|UnauthorizedOperation|not authorized",
        "your AWS user lacks this right: have it granted",
    ),
    Known(
        r"SubscriptionRequired|OptInRequired|not subscribed",
        "this account is not ready for the service: finish its registration in the AWS console",
    ),
    Known(
        r"InvalidAccessKeyId|PendingVerification",
        "AWS is still setting the account up: try again in some hours",
    ),
    Known(
        r"BucketAlreadyExists|EntityAlreadyExists|ResourceInUse|AlreadyExists|ConflictException",
        "something of that name is there already, perhaps of an earlier stack: look with make verify-gone, or choose another STACK=…",
    ),
    Known(
        r"connection (refused|reset)|no such host|i/o timeout|EOF|deadline exceeded|network is unreachable|request send failed",
        "the connection to AWS broke: check it",
    ),
)
# What AWS says when a call met another one, or its own answer was lost and the SDK sent it again:
# the next run finds how things are.
PASSING = re.compile(
    r"PreconditionFailed|OperationAborted|ConcurrentModification|connection reset|unexpected EOF|RequestTimeout"
)
LOCKED = "Error acquiring the state lock"
STALE = "Saved plan is stale"
AGAIN = "Then run make {again} again: it goes on where it stopped."
_API = re.compile(r"operation error (?P<service>[\w ]+): (?P<operation>\w+)(?P<rest>.*)", re.DOTALL)
_CODE = re.compile(r"api error (?P<code>[\w.]+): (?P<message>.*)", re.DOTALL)
_TYPED = re.compile(r"RequestID: [^,]*, (?P<code>\w+): (?P<message>.*)", re.DOTALL)
_NOISE = re.compile(
    r"(exceeded maximum number of attempts, \d+, |https response error |StatusCode: \d+, |RequestID: [^,]*, |HostID: [^,]*, )"
)


def sentence(report: TerraformReport, log: Path, target: StackTarget, command: str) -> str:
    """All that failed in the Make target `command`: one line each, then the next step."""
    again = command + target.words
    text = "\n".join(f"{error.summary}\n{error.detail}" for error in report.errors)
    if LOCKED in text:
        return _locked(text, target, again)
    if STALE in text:
        return f"Somebody else changed the stack meanwhile, so nothing was done: run make {again} again for a new plan."
    if not report.errors:
        return (
            f"Terraform ended without a reason: its words are in {log}. {AGAIN.format(again=again)}"
        )
    lines = list(dict.fromkeys(_line(error) for error in report.errors))
    return "\n".join([*lines, f"{AGAIN.format(again=again)} Details are in {log}."])


def passes(report: TerraformReport) -> bool:
    """Whether all that failed is worth another run at once."""
    return bool(report.errors) and all(PASSING.search(error.summary) for error in report.errors)


def of_init(said: list[str], plugins: Path | None, log: Path) -> str:
    """Why `terraform init` failed."""
    text = " ".join(" ".join(said).split())
    if plugins and not cli.holds_provider(plugins):
        return f"{plugins} holds no AWS provider: name a folder that holds registry.terraform.io/hashicorp/aws with TF_PLUGIN_DIR."
    if "provider" in text and any(
        word in text for word in ("query", "registry", "retriev", "download")
    ):
        return f"{cli.NO_PROVIDER[:-1]}; details are in {log}."
    return f"Terraform could not prepare the configuration; details are in {log}."


def _line(error: Error) -> str:
    operation, said = _said(f"{error.summary} {error.detail}")
    fix = next(
        (
            known.fix
            for known in KNOWN
            if re.search(known.words, f"{operation} {said}", re.IGNORECASE)
        ),
        None,
    )
    where = f"{error.address}: " if error.address else ""
    cause = f"{operation} failed: {said}" if operation else error.cause
    # A refusal of the configuration is a sentence that says what to do already.
    return f"{where}{cause.rstrip('. ')}." + (f" What to do: {fix}." if fix else "")


def _said(text: str) -> tuple[str, str]:
    """AWS's operation and answer in one of the provider's errors; an empty operation when it is
    none."""
    text = " ".join(text.split())
    found = _API.search(text)
    if not found:
        return "", text
    rest = found["rest"].lstrip(", ")
    answer = _CODE.search(rest) or _TYPED.search(rest)
    return found["operation"], f"{answer['code']}: {answer['message']}"[
        :300
    ] if answer else _NOISE.sub("", rest)[:300]


def _locked(text: str, target: StackTarget, again: str) -> str:
    """The lock's holder is in Terraform's words, one fact a line."""
    who, since, lock = (
        re.search(rf"^\s*{name}:\s+(.+)$", text, re.MULTILINE) for name in ("Who", "Created", "ID")
    )
    by = f" by {who[1]}" if who else ""
    at = f" since {since[1][:16]} UTC" if since else ""
    free = (
        f"TF_DATA_DIR={target.data} {cli.binary()} -chdir={target.root} force-unlock {lock[1]}"
        if lock
        else ""
    )
    # A file's lock ends with its process; a bucket's stays when that is killed.
    killed = (
        f" If that run was killed, free the lock first: {free}" if free and target.in_bucket else ""
    )
    return f"Another run is changing this stack{by}{at}, so nothing was done: wait until it has ended, then run make {again} again.{killed}"
