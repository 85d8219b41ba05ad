"""An account as a listing sees it, and the things that are found there."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

# Services whose things are in no region are asked here.
GLOBAL = "us-east-1"


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that exists. `tags` asks for its tags, and is None where AWS has none for its kind."""

    kind: str
    name: str
    arn: str
    remove: str
    tags: Callable[[], dict[str, str]] | None = field(default=None, compare=False)


class AwsAccount:
    """Clients of one account and region, each made when it is first asked for."""

    def __init__(self, reached: dict):
        import boto3
        from botocore.config import Config

        self._session, self._reached, self._lock = boto3.Session(), reached, threading.Lock()
        self._config = Config(
            retries={"max_attempts": 4, "mode": "standard"}, connect_timeout=5, read_timeout=30
        )
        self.region = reached["region_name"]
        self.id = self.client("sts").get_caller_identity()["Account"]

    def client(self, service: str, region: str | None = None):
        """A client of that service."""
        with self._lock:  # a session makes one client at a time
            return self._session.client(
                service,
                **self._reached | {"region_name": region or self.region},
                config=self._config,
            )

    def pages(
        self, service: str, operation: str, key: str, region: str | None = None, **more: object
    ) -> Iterator:
        """Everything that a listing has, page by page; `key` may lead through several levels."""
        client = self.client(service, region)
        paged = client.can_paginate(operation)
        for page in (
            client.get_paginator(operation).paginate(**more)
            if paged
            else [getattr(client, operation)(**more)]
        ):
            for step in key.split("."):
                page = page.get(step) or {}
            yield from page


def pairs(tags: list[dict]) -> dict[str, str]:
    """AWS's lists of tags, whichever way they are spelled."""
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value", "")) for tag in tags}
