"""A stack that is up, as its owner works with it."""

import time
from typing import Any

import boto3

from handler import aws
from handler.store import NameTaken, Store
from handler.tokens import hash_token, new_token
from scripts.console.progress import Failure
from scripts.terraform.driver import TerraformStack
from scripts.workspace.target import StackTarget


class DeployedStack:
    """A stack's outputs, and its store over boto3."""

    def __init__(self, outputs: dict, target: StackTarget):
        self.outputs = outputs
        self.target = target

    @classmethod
    def of(cls, env: str, stack: str | None = None) -> "DeployedStack":
        """The running stack of that name. Raises Failure when there is none."""
        target = StackTarget.of(env, stack)
        outputs = TerraformStack(target).outputs()
        if "stack" not in outputs:
            start = "up" if target.is_up else f"deploy{target.words}"
            raise Failure(f"There is no {env} stack {target.stack} yet: run make {start} first.")
        return cls(outputs, target)

    def table(self) -> Any:
        return aws.table(self.outputs["table_name"], **self._reached())

    def store(self) -> Store:
        """The handler's own store, so that the table's shape is written down once."""
        return Store(self.table())

    def client(self, service: str) -> Any:
        return client(service, self._reached())

    def _reached(self) -> dict[str, str | None]:
        return self.target.reached(self.outputs["region"])

    def link(self, token: str) -> str:
        """What an invited person opens."""
        return f"{self.outputs['site_url']}#invite={token}"

    def mint(self, name: str, *, days: int, daily: int) -> str:
        """Stores an invite and returns its token. Raises Failure when the name has one."""
        token, now = new_token(), time.time()
        try:
            self.store().guests.create(
                name=name, token_hash=hash_token(token), days=days, daily_limit=daily, now=now
            )
        except NameTaken as error:
            raise Failure(
                f"{name} has an invite already: revoke it first "
                f"(make revoke{self.target.words} NAME={name})."
            ) from error
        return token


def client(service: str, reached: dict[str, str | None]) -> Any:
    """An AWS client, reached as `StackTarget.reached` says."""
    return boto3.client(service, **reached)


def account(target: StackTarget, region: str) -> str:
    """The id of the account that the credentials are for."""
    return client("sts", target.reached(region)).get_caller_identity()["Account"]
