"""What the checks know."""

from dataclasses import dataclass

from scripts.doctor.aws import Aws
from scripts.workspace.settings import OwnerSettings

DEFAULT_MODEL = "mistral.mistral-7b-instruct-v0:2"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who AWS takes the person for."""

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
    """One examination. `identity` is there once the credentials were good."""

    settings: OwnerSettings
    env: str
    aws: Aws
    ask_model: bool = True
    identity: Identity | None = None

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.settings.stack

    @property
    def region(self) -> str:
        """Where the stack is to be."""
        return self.settings.region

    @property
    def model(self) -> str:
        """The Bedrock model that is to answer."""
        return self.setting("model_id", DEFAULT_MODEL)

    def setting(self, name: str, default: object = None):
        """The owner's word on a Terraform variable."""
        return self.settings.variables.get(name, default)
