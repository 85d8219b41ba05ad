"""What must be true of this machine before anything is installed or started. Standard library
only."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from scripts.console.progress import FULL_DISK, Failure
from scripts.workspace import packages, paths

TERRAFORM = (1, 11)  # S3 state locking and write-only arguments
OPENTOFU = (1, 10)  # counts on from Terraform 1.6, and has them since
TERRAFORM_PAGE = "developer.hashicorp.com/terraform/install"
# Which of the two a system's packages have, and how it is installed. Debian and Ubuntu have
# neither: the command adds HashiCorp's packages first.
HASHICORP, KEY = "https://apt.releases.hashicorp.com", "/usr/share/keyrings/hashicorp.asc"
INSTALLS = {
    "brew": ("terraform", "brew install hashicorp/tap/terraform"),
    "apt-get": (
        "terraform",
        f"sh -c 'curl -fsSo {KEY} {HASHICORP}/gpg && . /etc/os-release && "
        f'echo "deb [signed-by={KEY}] {HASHICORP} ${{UBUNTU_CODENAME:-$VERSION_CODENAME}} main" '
        "> /etc/apt/sources.list.d/hashicorp.list && "
        "apt-get update && apt-get install -y terraform'",
    ),
    "dnf": ("tofu", "dnf install opentofu"),
    "pacman": ("terraform", "pacman -S terraform"),
    "apk": ("tofu", "apk add opentofu"),
    "zypper": ("tofu", "zypper install opentofu"),
}
FRESH_BYTES, LATER_BYTES = 1_500_000_000, 200_000_000
GGUF = b"GGUF"


def machine(binary: str, *more: str | None) -> None:
    """All checks, and the problems found elsewhere (`more`); each is one line of the Failure."""
    problems = [terraform(binary), tool("node"), tool("npm"), disk(paths.ROOT), *more]
    if found := [problem for problem in problems if problem]:
        raise Failure("\n".join(found))


def terraform_program() -> str:
    """Terraform, or what TF names."""
    return os.environ.get("TF") or "terraform"


def terraform(binary: str) -> str | None:
    """There, and new enough."""
    if not shutil.which(binary):
        if binary == "terraform" and shutil.which("tofu"):
            return "terraform is missing, but OpenTofu is here: run the same command with TF=tofu."
        return f"{binary} is missing: {_terraform_advice()}."
    env = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    said = subprocess.run([binary, "version"], capture_output=True, text=True, env=env).stdout
    version = re.search(r"v(\d+)\.(\d+)", said)
    if not version:
        return f"{binary} does not tell its version: {_terraform_advice()}."
    have = (int(version[1]), int(version[2]))
    if have >= (OPENTOFU if "OpenTofu" in said else TERRAFORM):
        return None
    return f"{binary} {version[1]}.{version[2]} is too old: {_terraform_advice()}."


def _terraform_advice() -> str:
    """The command for this person's system."""
    want = "install Terraform {}.{} or newer".format(*TERRAFORM)
    manager = packages.manager(INSTALLS)
    if not manager:
        return f"{want} ({TERRAFORM_PAGE}), or use OpenTofu with TF=tofu"
    program, command = INSTALLS[manager]
    if program == "tofu":
        want, use = "install OpenTofu {}.{} or newer".format(*OPENTOFU), ", and use it with TF=tofu"
    else:
        use = ""
    return f"{want} ({packages.typed(manager, command)}){use}"


def tool(name: str) -> str | None:
    """There."""
    if shutil.which(name):
        return None
    return f"{name} is missing: install Node.js 20 or newer (nodejs.org), which brings it."


def disk(folder: Path, free: int | None = None) -> str | None:
    """Room for the packages, the provider and the model."""
    needed = LATER_BYTES if paths.VENV.exists() else FRESH_BYTES
    free = shutil.disk_usage(folder).free if free is None else free
    return None if free >= needed else FULL_DISK


def number(variable: str, default: int) -> int:
    """A port from the environment."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Failure(f"{variable}={text} is not a port: give a number from 1024 to 65535.")
    return int(text)


def model_file(text: str) -> Path:
    """The GGUF file named by MODEL."""
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise Failure(f"There is no file {text}: give MODEL the path of a GGUF file.")
    with path.open("rb") as file:
        if file.read(4) != GGUF:
            raise Failure(
                f"{text} is not a GGUF file: download a model in GGUF format and give MODEL its "
                "path."
            )
    return path
