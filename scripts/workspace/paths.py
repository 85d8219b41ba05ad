"""Where things lie in this folder."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
TERRAFORM = ROOT / "terraform"
EXPORTS = ROOT / "exports"
NODE_MODULES = ROOT / "node_modules"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# Everything `make up` makes while it runs, and all that `make down` removes.
LOCAL = ROOT / ".local"
LOG = LOCAL / "log"
RUN = LOCAL / "run"
OWNER = LOCAL / "owner-token"
SETTINGS = LOCAL / "settings.json"
# The model that `make up` was given, in the words of a worker's environment.
MODEL = LOCAL / "model.json"
EMULATOR_STATE = LOCAL / "emulator"
TERRAFORM_LOCAL = LOCAL / "terraform"
# Stacks of `make deploy`: in the emulator beside the one of `make up`, and on AWS (target.py).
STACKS_LOCAL = LOCAL / "stacks"
STACKS = ROOT / ".stacks"


def declared() -> str:
    """All that Terraform's root module declares, from whichever of its files."""
    return "".join(path.read_text() for path in sorted(TERRAFORM.glob("*.tf")))
