"""A stack that is up, as its owner works with it."""

import json
import time

from scripts import layout, terraform
from scripts.progress import Failure


class Operator:
    """A stack's outputs, and its store over boto3."""

    def __init__(self, outputs: dict, endpoint: str | None = None):
        self.outputs, self._endpoint = outputs, endpoint

    @classmethod
    def of(cls, env: str) -> "Operator":
        """The running stack of `env`. Raises Failure when there is none."""
        endpoint = local_endpoint() if env == "local" else None
        outputs = terraform.Stack(env, endpoint=endpoint).outputs()
        if not outputs:
            start = "make up" if env == "local" else "make deploy"
            raise Failure(f"There is no {env} stack yet: run {start} first.")
        return cls(outputs, endpoint)

    def table(self):
        """The stack's table."""
        from handler import clients

        return clients.table(self.outputs["table_name"], **self._reached())

    def store(self):
        """The handler's own store, so that the table's shape is written down once."""
        from handler.store import Store

        return Store(self.table())

    def client(self, service: str):
        """A client of one of the stack's AWS services."""
        import boto3

        return boto3.client(service, **self._reached())

    def _reached(self) -> dict[str, str | None]:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"} if self._endpoint else {}
        return {"region_name": self.outputs.get("region") or "us-east-1", "endpoint_url": self._endpoint, **keys}

    def link(self, token: str) -> str:
        """What an invited person opens."""
        return f"{self.outputs['site_url']}#invite={token}"

    def mint(self, name: str, *, days: int, daily: int) -> str:
        """Stores an invite and returns its token. Raises Failure when the name has one."""
        from handler.store import NameTaken
        from handler.tokens import hash_token, new_token

        token, now = new_token(), time.time()
        try:
            self.store().guests.create(name=name, token_hash=hash_token(token), days=days, daily_limit=daily, now=now)
        except NameTaken as error:
            raise Failure(f"{name} has an invite already: revoke it first (make revoke NAME={name}).") from error
        return token


def local_endpoint() -> str:
    """The emulator's address, as the last `make up` wrote it down."""
    try:
        return f"http://127.0.0.1:{json.loads(layout.SETTINGS.read_text())['emulator']}"
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise Failure("There is no local stack yet: run make up first.") from error
