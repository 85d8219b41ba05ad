"""What this folder knows of a stack: Terraform's state, and what earlier deploys left in their
logs."""

import json
import re
from pathlib import Path

from scripts.doctor.check import CheckContext
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
            return _held(json.loads(state.read_text() or "{}"))
        if (folder / "terraform").is_dir():
            return None
    return set()


def _held(state: dict) -> set[str]:
    held = set()
    for resource in state.get("resources", []):
        for instance in resource["instances"] if resource["mode"] == "managed" else ():
            attributes = instance["attributes"]
            names = (attributes.get("id"), attributes.get("name"))
            held |= {f"{resource['type']} {name}" for name in names if name}
            held |= {attributes["arn"]} if attributes.get("arn") else set()
    return held


def refused_cdn(context: CheckContext) -> Path | None:
    """The log of an earlier deploy in which CloudFront refused the account."""
    logs = [log for folder in _folders(context) for log in sorted(folder.glob("*.log"))]
    if context.env == "aws":
        logs += paths.LOG.glob("terraform-aws.log")
    for log in logs:
        if any(map(UNVERIFIED.search, log.read_text(errors="replace").splitlines())):
            return log
    return None


def _folders(context: CheckContext) -> list[Path]:
    if context.env == "aws":
        return [paths.STACKS / context.stack]
    own = [paths.STACKS_LOCAL / context.stack]
    return [*own, paths.TERRAFORM_LOCAL] if context.stack == LOCAL_STACK else own
