"""Terraform's state in a bucket of the account, where several machines share it, instead of in a
file of this machine."""

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.console.progress import Failure
from scripts.stack.connection import account, client
from scripts.terraform.driver import TerraformStack
from scripts.workspace import paths
from scripts.workspace.target import StackTarget, write_privately

# The bucket is the account's, for all its stacks, and no part of any of them. No stack's name
# begins so by accident.
NAME = "terraform-state-forever-us-{account}"
KEPT_DAYS = 90
OVERRIDE = "backend_override.tf"
PRIVATE = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
LIFECYCLE = {
    "ID": "old-versions",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": KEPT_DAYS},
    "Expiration": {"ExpiredObjectDeleteMarker": True},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
}
# What the emulator's S3 needs of Terraform's backend.
EMULATED = (
    "use_path_style",
    "skip_credentials_validation",
    "skip_requesting_account_id",
    "skip_metadata_api_check",
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The account's bucket for states."""

    name: str
    region: str
    client: Any

    @classmethod
    def of(cls, target: StackTarget, region: str) -> "Bucket":
        """The account's, which may be in another region than the stack: the first stack decided
        that."""
        name = NAME.format(account=account(target, region))
        s3 = client("s3", target.reached(region))
        if any(bucket["Name"] == name for bucket in s3.list_buckets()["Buckets"]):
            found = s3.get_bucket_location(Bucket=name).get("LocationConstraint")
            region = found or "us-east-1"
            s3 = client("s3", target.reached(region))
        return cls(name, region, s3)

    def make(self) -> None:
        """Private, encrypted, with every version of a state for some months. Made again, it is what
        it was."""
        s3, name, where = self.client, self.name, {}
        if self.region != "us-east-1":
            where = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            s3.create_bucket(Bucket=name, **where)
        block = dict.fromkeys(PRIVATE, True)
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        aes = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [aes]})
        rules = {"Rules": [LIFECYCLE]}
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=rules)
        tags = {"TagSet": [{"Key": "Project", "Value": "forever-us"}]}
        s3.put_bucket_tagging(Bucket=name, Tagging=tags)

    def states(self) -> list[str]:
        """The keys that lie in it now."""
        listed = self.client.list_objects_v2(Bucket=self.name)
        return [one["Key"] for one in listed.get("Contents", [])]

    def drop(self, key: str) -> None:
        """Removes a state; its versions stay for a while."""
        self.client.delete_object(Bucket=self.name, Key=key)

    def remove(self) -> None:
        """The bucket, with every version in it."""
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.name):
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                version = {"Key": one["Key"], "VersionId": one["VersionId"]}
                self.client.delete_object(Bucket=self.name, **version)
        self.client.delete_bucket(Bucket=self.name)


def of(target: StackTarget) -> str | None:
    """The bucket that has the stack's state; None when this machine has it."""
    if not target.in_bucket:
        return None
    return json.loads((target.folder / "bucket.json").read_text())["bucket"]


def move_in(target: StackTarget, bucket: Bucket) -> None:
    """Moves the state into the bucket, or takes the one that is there. Raises Failure, and the
    state is where it was."""
    if target.state.with_name(f".{target.state.name}.lock.info").exists():
        raise Failure(
            "Another run is changing this stack: wait until it has ended, then run "
            f"make state-bucket{target.words} again."
        )
    bucket.make()
    target.make()
    try:
        _point(target, bucket)
        _send(target, bucket)
    except BaseException:
        _point_back(target)
        raise


def move_out(target: StackTarget, bucket: Bucket) -> None:
    """Moves the state back into its file. Raises Failure."""
    stack = TerraformStack(target)
    stack.init()
    if state := stack.pull():
        write_privately(target.state, json.dumps(state, indent=2))
    _point_back(target)
    bucket.drop(_key(target))


def _send(target: StackTarget, bucket: Bucket) -> None:
    stack = TerraformStack(target)
    stack.init()
    there = stack.pull()
    if not target.state.exists():
        return
    here = json.loads(target.state.read_text())
    is_empty = not there.get("resources")
    if not is_empty and there["lineage"] != here["lineage"]:
        raise Failure(
            f"{bucket.name} has a state of another stack named {target.stack}, so nothing was "
            f"moved: if that is the true one, move {target.state} away; else name this stack "
            "otherwise."
        )
    if is_empty or there["serial"] < here["serial"]:
        stack.push(target.state)
    if stack.pull()["resources"] != here["resources"]:
        raise Failure(
            f"The state in {bucket.name} is not the one that was sent, so {target.state} stays: "
            f"run make state-bucket{target.words} again."
        )
    target.state.rename(target.folder / "terraform.tfstate.moved")


def _point(target: StackTarget, bucket: Bucket) -> None:
    """The project's own configuration, but for the one block that says where the state is."""
    root = target.folder / "terraform"
    root.mkdir(exist_ok=True)
    own = paths.TERRAFORM
    for source in [*own.glob("*.tf"), own / "modules", own / ".terraform.lock.hcl"]:
        _link(root / source.name, source)
    # models.tf reads its table of prices beside the root.
    _link(target.folder / "handler", paths.ROOT / "handler")
    (root / OVERRIDE).write_text(_backend(target, bucket))
    known = {"bucket": bucket.name, "region": bucket.region}
    (target.folder / "bucket.json").write_text(json.dumps(known))
    _forget_backend(target)


def _point_back(target: StackTarget) -> None:
    shutil.rmtree(target.folder / "terraform", ignore_errors=True)
    for name in ("handler", "bucket.json"):
        (target.folder / name).unlink(missing_ok=True)
    _forget_backend(target)


def _forget_backend(target: StackTarget) -> None:
    for name in ("terraform.tfstate", "initialised"):
        (target.data / name).unlink(missing_ok=True)


def _link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _key(target: StackTarget) -> str:
    return f"{target.stack}/terraform.tfstate"


def _backend(target: StackTarget, bucket: Bucket) -> str:
    settings: dict[str, object] = {
        "bucket": bucket.name,
        "key": _key(target),
        "region": bucket.region,
        "encrypt": True,
        "use_lockfile": True,
    }
    if target.is_local:
        settings |= dict.fromkeys(EMULATED, True)
    lines = "\n".join(f"    {name} = {json.dumps(value)}" for name, value in settings.items())
    return f'# Written by make state-bucket.\nterraform {{\n  backend "s3" {{\n{lines}\n  }}\n}}\n'
