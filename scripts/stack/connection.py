"""A stack that is up, as its owner works with it."""

import time

from scripts.console.progress import Failure
from scripts.terraform.driver import TerraformStack
from scripts.workspace.target import StackTarget


class DeployedStack:
    """A stack's outputs, and its store over boto3."""

    def __init__(self, outputs: dict, target: StackTarget):
        self.outputs, self.target = outputs, target

    @classmethod
    def of(cls, env: str, stack: str | None = None) -> "DeployedStack":
        """The running stack of `env` and that name. Raises Failure when there is none."""
        target = StackTarget.of(env, stack)
        outputs = TerraformStack(target).outputs()
        if "stack" not in outputs:
            start = "up" if target.is_up else f"deploy{target.words}"
            raise Failure(f"There is no {env} stack {target.stack} yet: run make {start} first.")
        return cls(outputs, target)

    def table(self):
        """The stack's table."""
        from handler import aws

        return aws.table(self.outputs["table_name"], **self._reached())

    def store(self):
        """The handler's own store, so that the table's shape is written down once."""
        from handler.store import Store

        return Store(self.table())

    def client(self, service: str):
        """A client of one of the stack's AWS services."""
        import boto3

        return boto3.client(service, **self._reached())

    def _reached(self) -> dict[str, str | None]:
        return self.target.reached(self.outputs["region"])

    def link(self, token: str) -> str:
        """What an invited person opens."""
        return f"{self.outputs['site_url']}#invite={token}"

    def mint(self, name: str, *, days: int, daily: int) -> str:
        """Stores an invite and returns its token. Raises Failure when the name has one."""
        from handler.store import NameTaken
        from handler.tokens import hash_token, new_token

        token, now = new_token(), time.time()
        try:
            self.store().guests.create(
                name=name, token_hash=hash_token(token), days=days, daily_limit=daily, now=now
            )
        except NameTaken as error:
            raise Failure(
                f"{name} has an invite already: revoke it first (make revoke{self.target.words} NAME={name})."
            ) from error
        return token
