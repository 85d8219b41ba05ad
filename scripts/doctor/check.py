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


@dataclass(slots=True)
class CheckContext:
    """One examination. `signed_in` is there once the credentials were found good."""

    settings: OwnerSettings
    env: str
    aws: Aws
    ask_model: bool = True
    signed_in: Identity | None = None

    @property
    def identity(self) -> Identity:
        """Raises LookupError before the credentials were found good."""
        if self.signed_in is None:
            raise LookupError("there are no credentials")
        return self.signed_in

    @property
    def stack(self) -> str:
        return self.settings.stack

    @property
    def region(self) -> str:
        return self.settings.region

    @property
    def model(self) -> str:
        """The Bedrock model that is to answer; by default Terraform's, the ladder's first."""
        return self.setting("model_id", catalog.ladder()[0])

    def setting(self, name: str, default: object = None) -> Any:
        """The owner's value of a Terraform variable."""
        return self.settings.variables.get(name, default)


@dataclass(frozen=True, slots=True)
class Result:
    """A failure stops a deploy, and a warning does not. `fix` says what to do about it."""

    state: Literal["ok", "warn", "fail", "skip"]
    found: str
    fix: str = ""

    def line(self, name: str) -> str:
        return f"{self.state:<4}  {name:<11}  {self.found}" + (f" → {self.fix}" if self.fix else "")


def ok(found: str) -> Result:
    return Result("ok", found)


def warn(found: str, fix: str) -> Result:
    """A deploy works, and its owner should know."""
    return Result("warn", found, fix)


def fail(found: str, fix: str) -> Result:
    """A deploy would fail, or what it makes would not work."""
    return Result("fail", found, fix)


def skip(found: str) -> Result:
    """Not checked, and why."""
    return Result("skip", found)
