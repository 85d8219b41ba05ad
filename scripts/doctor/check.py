"""What a check knows, and what it finds."""

from dataclasses import dataclass
from typing import Any, Literal

from handler.models import catalog
from scripts.doctor.aws import Aws
from scripts.workspace.settings import OwnerSettings


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose credentials they are."""

    account: str
    arn: str

    @property
    def is_root(self) -> bool:
        """Whether it is the account itself, which no policy binds."""
        return self.arn.endswith(":root")

    @property
    def role(self) -> str | None:
        """The role's name behind a session: arn:aws:sts::123456789012:assumed-role/NAME/SESSION."""
        kind, _, rest = self.arn.split(":")[5].partition("/")
        return rest.split("/")[0] if kind == "assumed-role" else None


class CheckContext:
    """One examination. `signed_in` is there once the credentials were found good."""

    def __init__(self, settings: OwnerSettings, env: str, aws: Aws, ask_model: bool = True):
        self.stack = settings.stack
        self.region = settings.region
        self.env = env
        self.aws = aws
        self.ask_model = ask_model
        self.signed_in: Identity | None = None
        self._variables = settings.variables
        # The Bedrock model that is to answer; by default Terraform's, the ladder's first.
        self.model: str = self.setting("model_id", catalog.ladder()[0])

    @property
    def identity(self) -> Identity:
        """Raises LookupError before the credentials were found good."""
        if self.signed_in is None:
            raise LookupError("there are no credentials")
        return self.signed_in

    def setting(self, name: str, default: object = None) -> Any:
        """The owner's value of a Terraform variable."""
        return self._variables.get(name, default)


@dataclass(frozen=True, slots=True)
class Result:
    """A failure stops a deploy, a warning does not, and what was skipped could not be checked.
    `fix` says what to do about it."""

    state: Literal["ok", "warn", "fail", "skip"]
    found: str
    fix: str = ""

    def line(self, name: str) -> str:
        return f"{self.state:<4}  {name:<11}  {self.found}" + (f" → {self.fix}" if self.fix else "")


def ok(found: str) -> Result:
    return Result("ok", found)


def warn(found: str, fix: str) -> Result:
    return Result("warn", found, fix)


def fail(found: str, fix: str) -> Result:
    return Result("fail", found, fix)


def skip(found: str) -> Result:
    return Result("skip", found)
