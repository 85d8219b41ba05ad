"""The account's bucket for Terraform's states."""

import contextlib
from dataclasses import dataclass

from scripts.console import prompts
from scripts.workspace.target import StackTarget

# The bucket is the account's, for all its stacks, and no part of any of them. No stack's name
# begins so by accident.
NAME = "terraform-state-forever-us-{account}"
KEPT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Bucket:
    """The account's bucket for states."""

    name: str
    region: str
    client: object

    @classmethod
    def of(cls, target: StackTarget, region: str) -> "Bucket":
        """The account's, which may be in another region than the stack: the first stack decided
        that."""
        import boto3

        name = NAME.format(account=prompts.account(target, region))
        client = boto3.client("s3", **target.reached(region))
        found = client.list_buckets()["Buckets"]
        if any(bucket["Name"] == name for bucket in found):
            region = (
                client.get_bucket_location(Bucket=name).get("LocationConstraint") or "us-east-1"
            )
            client = boto3.client("s3", **target.reached(region))
        return cls(name, region, client)

    def make(self) -> None:
        """Private, encrypted, with every version of a state for some months. Made again, it is what
        it was."""
        where = (
            {}
            if self.region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        )
        with contextlib.suppress(self.client.exceptions.BucketAlreadyOwnedByYou):
            self.client.create_bucket(Bucket=self.name, **where)
        block = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"),
            True,
        )
        self.client.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration=block)
        self.client.put_bucket_versioning(
            Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}
        )
        encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        self.client.put_bucket_encryption(
            Bucket=self.name, ServerSideEncryptionConfiguration=encryption
        )
        rule = {
            "ID": "old-versions",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": KEPT_DAYS},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
        self.client.put_bucket_lifecycle_configuration(
            Bucket=self.name, LifecycleConfiguration={"Rules": [rule]}
        )
        self.client.put_bucket_tagging(
            Bucket=self.name, Tagging={"TagSet": [{"Key": "Project", "Value": "forever-us"}]}
        )

    def states(self) -> list[str]:
        """What lies in it now."""
        return [
            one["Key"] for one in self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        ]

    def drop(self, key: str) -> None:
        """Removes a state; its versions stay for a while."""
        self.client.delete_object(Bucket=self.name, Key=key)

    def remove(self) -> None:
        """The bucket, with every version in it."""
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.name):
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                self.client.delete_object(
                    Bucket=self.name, Key=one["Key"], VersionId=one["VersionId"]
                )
        self.client.delete_bucket(Bucket=self.name)
