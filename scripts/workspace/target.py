"""Where a stack is: which account or emulator, and the folder on this machine that keeps its state
and its owner's invite."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from scripts.console.progress import Failure
from scripts.workspace import paths, settings

# The stack of `make up`, and the one that ENV=local means without STACK.
LOCAL_STACK = "forever-us-local"
NO_STACK = "There is no local stack yet: run make up first."


@dataclass(frozen=True, slots=True)
class StackTarget:
    """`env` is "local" or "aws"; `endpoint` is the emulator's address, None on AWS."""

    stack: str
    env: str
    folder: Path
    endpoint: str | None = None

    @classmethod
    def of(cls, env: str, stack: str | None = None) -> "StackTarget":
        """The stack of that name; by default that of `make up`, or on AWS the one in
        settings.toml. Raises Failure."""
        if env == "aws":
            name = settings.load(stack).stack
            return cls(name, env, paths.STACKS / name)
        name = settings.load(stack or LOCAL_STACK).stack
        folder = paths.TERRAFORM_LOCAL if name == LOCAL_STACK else paths.STACKS_LOCAL / name
        return cls(name, env, folder, local_endpoint())

    @classmethod
    def up(cls, endpoint: str | None = None) -> "StackTarget":
        """The stack of `make up`."""
        return cls(LOCAL_STACK, "local", paths.TERRAFORM_LOCAL, endpoint)

    @property
    def is_local(self) -> bool:
        return self.env == "local"

    @property
    def is_up(self) -> bool:
        """Whether it is the stack of `make up`."""
        return self.is_local and self.stack == LOCAL_STACK

    @property
    def state(self) -> Path:
        """Terraform's state, unless a bucket has it."""
        return self.folder / "terraform.tfstate"

    @property
    def data(self) -> Path:
        """What Terraform installs."""
        return self.folder / "data"

    @property
    def root(self) -> Path:
        """The configuration: the project's own, or one that differs from it in where the state is
        (scripts/stack/state_bucket.py)."""
        own = self.folder / "terraform"
        return own if own.is_dir() else paths.TERRAFORM

    @property
    def in_bucket(self) -> bool:
        """Whether a bucket has the state."""
        return self.root != paths.TERRAFORM

    @property
    def owner(self) -> Path:
        """The file with the token of the owner's invite."""
        return paths.OWNER if self.is_up else self.folder / "owner-token"

    @property
    def emulator(self) -> dict | None:
        """Terraform's variable of that name."""
        if not self.is_local:
            return None
        return {"url": self.endpoint, "bedrock_url": f"http://127.0.0.1:{ports().get('model', 0)}"}

    @property
    def words(self) -> str:
        """What a Make target needs to act on this stack, such as ` ENV=local STACK=family`."""
        named = "" if self.is_up or self == StackTarget.of("aws") else f" STACK={self.stack}"
        return f"{' ENV=local' if self.is_local else ''}{named}"

    def make(self) -> None:
        """The folder, for its owner's eyes alone: a state may hold what others should not see."""
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def log(self, name: str) -> Path:
        """Where the log of that name lies; its folder exists afterwards."""
        self.make()
        return self.folder / f"{name}.log"

    def reached(self, region: str) -> dict[str, str | None]:
        """How boto3 reaches it."""
        where = {"region_name": region, "endpoint_url": self.endpoint}
        if not self.is_local:
            return where
        return where | {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def ports() -> dict[str, int]:
    """The ports of the emulator and the model, as the last `make up` wrote them. Raises Failure."""
    try:
        return {name: int(port) for name, port in json.loads(paths.SETTINGS.read_text()).items()}
    except (FileNotFoundError, ValueError, AttributeError) as error:
        raise Failure(NO_STACK) from error


def local_endpoint() -> str:
    """The emulator's address. Raises Failure."""
    if "emulator" not in (found := ports()):
        raise Failure(NO_STACK)
    return f"http://127.0.0.1:{found['emulator']}"


def write_privately(path: Path, text: str) -> None:
    """A file that only its owner may read, from its first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
