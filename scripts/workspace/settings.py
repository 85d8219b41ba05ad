"""An owner's settings: one file, `settings.toml`, which is never committed. Its keys are
Terraform's variables, which check the values; `settings.example.toml` describes each.

A key at the top is for every stack; one under `[stacks.NAME]` is for that stack."""

import difflib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from scripts.console.progress import Failure
from scripts.workspace import paths

FILE = paths.ROOT / "settings.toml"
DEFAULT_STACK = "forever-us"
DEFAULT_REGION = "us-east-1"
# What `make package` builds, by the variable that names it to Terraform.
BUILT = {"handler_zip": "handler.zip", "site_dir": "site", "worker_dir": "worker"}
# Variables that the scripts give Terraform themselves.
NOT_SETTINGS = {"stack", "emulator", "worker", "worker_queue", *BUILT}
_STACK = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class OwnerSettings:
    """What the owner wants of one stack: its name, and values for Terraform's variables."""

    stack: str
    variables: dict = field(default_factory=dict)

    @property
    def region(self) -> str:
        return self.variables.get("region", DEFAULT_REGION)

    def for_terraform(self, emulator: dict | None = None) -> dict:
        """All of Terraform's variables: the settings, what was built, and where the emulator is."""
        built = {name: str(paths.BUILD / file) for name, file in BUILT.items()}
        more = {"emulator": emulator} if emulator else {}
        return {**self.variables, **built, "stack": self.stack, **more}


def load(stack: str | None = None, path: Path = FILE) -> OwnerSettings:
    """The settings of a stack, by default of the one that the file calls `stack`. Raises Failure
    naming the file and the key."""
    given = _read(path)
    stacks = given.pop("stacks", {})
    named = given.pop("stack", DEFAULT_STACK)
    name = stack or named
    if not isinstance(name, str) or not 2 <= len(name) <= 40 or not _STACK.fullmatch(name):
        raise Failure(
            f"{name!r} is no name for a stack: use 2 to 40 lower-case letters, digits and single "
            "hyphens, a letter first."
        )
    if not isinstance(stacks, dict) or not all(isinstance(own, dict) for own in stacks.values()):
        raise Failure(f"{path.name}: write a stack's own settings under [stacks.{name}].")
    for key in [*given, *(key for own in stacks.values() for key in own)]:
        _check(key, path)
    return OwnerSettings(name, given | stacks.get(name, {}))


def known() -> list[str]:
    """The names of all settings, as Terraform declares them."""
    names = re.findall(r'^variable "(\w+)"', paths.declared(), re.MULTILINE)
    return [name for name in names if name not in NOT_SETTINGS]


def _read(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{path.name} cannot be read as TOML: {error}.") from error


def _check(key: str, path: Path) -> None:
    names = known()
    if key not in names:
        near = difflib.get_close_matches(key, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}."
        raise Failure(f"{path.name}: {key} is no setting; {hint}")
