"""What must be true of this machine before anything is installed or started. Standard library only."""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

from scripts.console.progress import FULL_DISK, Failure
from scripts.local import daemons
from scripts.workspace import paths

TERRAFORM = (1, 11)  # S3 state locking and write-only arguments
FRESH_BYTES, LATER_BYTES = 1_500_000_000, 200_000_000
GGUF = b"GGUF"


def machine(ports: dict[str, int], binary: str) -> None:
    """All checks; every problem is one line of the Failure. `ports` maps a service to its port."""
    problems = [terraform(binary), *(tool(name) for name in ("node", "npm")), disk(paths.ROOT)]
    problems += [port(number, name) for name, number in ports.items()]
    if found := [problem for problem in problems if problem]:
        raise Failure("\n".join(found))


def terraform(binary: str) -> str | None:
    """There, and new enough."""
    want = ".".join(map(str, TERRAFORM))
    if not shutil.which(binary):
        return (
            f"{binary} is missing: install Terraform {want} or newer (developer.hashicorp.com/terraform/install), "
            "or use OpenTofu with TF=tofu."
        )
    said = subprocess.run([binary, "version"], capture_output=True, text=True, env=_quiet()).stdout
    version = re.search(r"v(\d+)\.(\d+)", said)
    if not version:
        return f"{binary} does not tell its version: give Terraform {want} or newer with TF=path."
    have = (int(version[1]), int(version[2]))
    # OpenTofu counts on from Terraform 1.6; 1.10 has what is needed here.
    enough = have >= ((1, 10) if "OpenTofu" in said else TERRAFORM)
    return (
        None
        if enough
        else f"{binary} {version[1]}.{version[2]} is too old: install Terraform {want} or newer."
    )


def tool(name: str) -> str | None:
    """There."""
    return (
        None
        if shutil.which(name)
        else f"{name} is missing: install Node.js 20 or newer (nodejs.org), which brings it."
    )


def disk(folder: Path, free: int | None = None) -> str | None:
    """Room for the packages, the provider and the model."""
    needed = LATER_BYTES if paths.VENV.exists() else FRESH_BYTES
    free = shutil.disk_usage(folder).free if free is None else free
    return None if free >= needed else FULL_DISK


def port(number: int, name: str) -> str | None:
    """Free, or held by the service of that name which an earlier `make up` started."""
    ours = daemons.find(name)
    if ours and ours.port == number:
        return None
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
            return None
        except PermissionError:
            return f"Port {number} may not be used by you: choose one above 1023, for example {_advice(number, name)}."
        except OSError:
            return f"Port {number} is taken by another program: end that program, or run make up {_advice(number, name)}."


def _advice(number: int, name: str) -> str:
    variable = {"emulator": "PORT", "model": "MODEL_PORT"}[name]
    return f"{variable}={number + 1 if number > 1023 else 4566}"


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
                f"{text} is not a GGUF file: download a model in GGUF format and give MODEL its path."
            )
    return path


def _quiet() -> dict[str, str]:
    return {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
