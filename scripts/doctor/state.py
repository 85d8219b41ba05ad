"""What this folder knows of a stack: Terraform's state, and what earlier deploys left in their
logs."""

import json
import re
from pathlib import Path

from scripts.doctor.context import CheckContext
from scripts.workspace import paths
from scripts.workspace.target import LOCAL_STACK

# The line of the AWS provider for "Your account must be verified before you can add new CloudFront
# resources". A missing permission has the same operation and the same code, so it takes the words
# to tell them apart: github.com/aws-samples/aws-cdk-examples/issues/279
UNVERIFIED = re.compile(r"CreateDistribution\w*.*\bAccessDenied\b.*\bverified\b")


def known(context: CheckContext) -> set[str] | None:
    """All that the stack's state holds, as ARN, "type id" and "type name". Empty without a stack,
    None when the state is in a bucket."""
    for folder in _folders(context):
        state = folder / "terraform.tfstate"
        if state.exists():
            resources = json.loads(state.read_text() or "{}").get("resources", [])
            found = [
                (kind["type"], each["attributes"])
                for kind in resources
                if kind["mode"] == "managed"
                for each in kind["instances"]
            ]
            named = {
                f"{kind} {each[key]}"
                for kind, each in found
                for key in ("id", "name")
                if each.get(key)
            }
            return named | {each["arn"] for _, each in found if each.get("arn")}
        if (folder / "terraform").is_dir():
            return None
    return set()


def refused_cdn(context: CheckContext) -> Path | None:
    """The log of an earlier deploy in which CloudFront refused the account."""
    logs = [log for folder in _folders(context) for log in sorted(folder.glob("*.log"))]
    if context.env == "aws":
        logs += paths.LOG.glob("terraform-aws.log")
    return next(
        (
            log
            for log in logs
            if any(map(UNVERIFIED.search, log.read_text(errors="replace").splitlines()))
        ),
        None,
    )


def _folders(context: CheckContext) -> list[Path]:
    if context.env == "aws":
        return [paths.STACKS / context.stack]
    own = [paths.STACKS_LOCAL / context.stack]
    return [*own, paths.TERRAFORM_LOCAL] if context.stack == LOCAL_STACK else own
