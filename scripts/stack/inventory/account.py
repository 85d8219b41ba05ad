"""An account as a listing sees it, and the resources that are found there."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

# Where services list what belongs to no region.
GLOBAL = "us-east-1"
_BY_ARN = "list_tags_for_resource"
# Where AWS lists the tags of a kind: the service, the operation, its argument, which is the ARN or
# else the name, and the key of the answer.
_TAGS = {
    "alarm": ("cloudwatch", _BY_ARN, "ResourceARN", "Tags"),
    "bucket": ("s3", "get_bucket_tagging", "Bucket", "TagSet"),
    "budget": ("budgets", _BY_ARN, "ResourceARN", "ResourceTags"),
    "distribution": ("cloudfront", _BY_ARN, "Resource", "Tags.Items"),
    "function": ("lambda", "list_tags", "Resource", "Tags"),
    "guardrail": ("bedrock", _BY_ARN, "resourceARN", "tags"),
    "log group": ("logs", _BY_ARN, "resourceArn", "tags"),
    "policy": ("iam", "list_policy_tags", "PolicyArn", "Tags"),
    "role": ("iam", "list_role_tags", "RoleName", "Tags"),
    "rule": ("events", _BY_ARN, "ResourceARN", "Tags"),
    "table": ("dynamodb", "list_tags_of_resource", "ResourceArn", "Tags"),
    "topic": ("sns", _BY_ARN, "ResourceArn", "Tags"),
}
_BY_NAME = {"Bucket", "RoleName"}
_EVERYWHERE = {"cloudfront", "budgets"}


@dataclass(frozen=True, slots=True)
class Resource:
    """`tags` reads its tags, and is None where AWS has none for its kind."""

    kind: str
    name: str
    arn: str
    remove: str
    tags: Callable[[], dict[str, str]] | None = field(default=None, compare=False)


class AwsAccount:
    """Clients of one account and region, each made when it is first used."""

    def __init__(self, reached: dict[str, Any]):
        import boto3
        from botocore.config import Config

        self._session = boto3.Session()
        self._reached = reached
        self._lock = threading.Lock()
        retries = {"max_attempts": 4, "mode": "standard"}
        self._config = Config(retries=retries, connect_timeout=5, read_timeout=30)
        self.region: str = reached["region_name"]
        self.id: str = self.client("sts").get_caller_identity()["Account"]
        # As most ARNs have it.
        self.here = f"{self.region}:{self.id}"

    def client(self, service: str, region: str | None = None) -> Any:
        """By default in the account's region, or where the service lists what belongs to none."""
        region = region or (GLOBAL if service in _EVERYWHERE else self.region)
        with self._lock:  # a session makes one client at a time
            reached = self._reached | {"region_name": region}
            return self._session.client(service, **reached, config=self._config)

    def pages(
        self, service: str, operation: str, key: str, region: str | None = None, **more: object
    ) -> Iterator[Any]:
        """Everything that a listing has, page by page; `key` may lead through several levels."""
        client = self.client(service, region)
        if client.can_paginate(operation):
            pages = client.get_paginator(operation).paginate(**more)
        else:
            pages = [getattr(client, operation)(**more)]
        for page in pages:
            yield from _inside(page, key) or []

    def resource(
        self, kind: str, arn: str, remove: str, name: str = "", tags: Any = None
    ) -> Resource:
        """Its name is by default the ARN's last part."""
        name = name or re.split("[:/]", arn)[-1]
        if kind in _TAGS:
            return Resource(kind, name, arn, remove, partial(self._tags, kind, arn, name))
        return Resource(kind, name, arn, remove, None if tags is None else partial(pairs, tags))

    def _tags(self, kind: str, arn: str, name: str) -> dict[str, str]:
        service, operation, argument, key = _TAGS[kind]
        client = self.client(service)
        try:
            answer = getattr(client, operation)(**{argument: name if argument in _BY_NAME else arn})
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchTagSet":
                return {}
            raise
        return pairs(_inside(answer, key))


def pairs(tags: Any) -> dict[str, str]:
    """AWS's tags as one mapping: it spells them as lists of keys and values, or as a mapping."""
    if not isinstance(tags, list):
        return dict(tags or {})
    return {tag.get("Key") or tag["key"]: tag.get("Value", tag.get("value", "")) for tag in tags}


def _inside(answer: Any, key: str) -> Any:
    """What lies under a key, or under several with dots between them."""
    for step in key.split("."):
        answer = answer.get(step) or {}
    return answer
