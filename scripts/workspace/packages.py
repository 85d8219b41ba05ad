"""The system's package manager: which one it is, and whether this person may use it. Standard
library only."""

import os
import shutil
import subprocess
from collections.abc import Iterable


def manager(known: Iterable[str]) -> str | None:
    """The first of the known ones that is here."""
    return next(filter(shutil.which, known), None)


def privilege(manager: str) -> list[str] | None:
    """What goes before a command that installs, or None where this person may not: Homebrew
    refuses root, all others want it."""
    root = os.geteuid() == 0
    if manager == "brew":
        return None if root else []
    if root:
        return []
    asked = ["sudo", "-n", "true"]
    if shutil.which("sudo") and not subprocess.run(asked, capture_output=True).returncode:
        return ["sudo", "-n"]
    return None


def typed(manager: str, command: str) -> str:
    """The command as a person types it."""
    return command if manager == "brew" or os.geteuid() == 0 else f"sudo {command}"
