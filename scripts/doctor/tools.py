"""The programs that a deploy runs."""

import platform
import re
import subprocess
from functools import partial

from scripts.doctor.check import CheckContext, Result, fail, ok
from scripts.doctor.threads import together
from scripts.terraform import cli
from scripts.workspace import checks

NODE = 20
SECONDS = 10


def tools(_context: CheckContext) -> Result:
    """There, and new enough."""
    terraform = cli.binary()
    problems = [checks.terraform(terraform), checks.tool("node"), checks.tool("npm")]
    if found := [problem for problem in problems if problem]:
        return fail("a program is missing or too old", " ".join(found))
    commands = ([terraform, "version"], *([name, "--version"] for name in ("node", "npm", "make")))
    versions = together(partial(_version, command) for command in commands)
    node = versions[1]
    if node and int(node.split(".")[0]) < NODE:
        return fail(f"Node {node} is too old", f"install Node.js {NODE} or newer (nodejs.org)")
    named = zip(("Terraform", "Node", "npm", "make"), versions, strict=True)
    listed = ", ".join(f"{name} {version or '?'}" for name, version in named)
    return ok(f"Python {platform.python_version()}, {listed}")


def _version(command: list[str]) -> str | None:
    """The first version number that a program prints."""
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=cli.environment()
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\d+(\.\d+)+", run.stdout)
    return match[0] if match else None
