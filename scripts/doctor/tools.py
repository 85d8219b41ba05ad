"""The programs that a deploy runs."""

import platform
import re
import subprocess

from scripts.doctor.context import CheckContext
from scripts.doctor.result import Result, fail, ok
from scripts.doctor.threads import together
from scripts.terraform import cli
from scripts.workspace import checks

NODE = 20
SECONDS = 10


def tools(_context: CheckContext) -> Result:
    """There, and new enough."""
    program = cli.binary()
    problems = [checks.terraform(program), *(checks.tool(name) for name in ("node", "npm"))]
    if found := [problem for problem in problems if problem]:
        return fail("a program is missing or too old", " ".join(found))
    words = [
        [program, "version"],
        ["node", "--version"],
        ["npm", "--version"],
        ["make", "--version"],
    ]
    versions = dict(
        zip(
            ("Terraform", "Node", "npm", "make"),
            together(lambda w=w: _version(w) for w in words),
            strict=True,
        )
    )
    if versions["Node"] and int(versions["Node"].split(".")[0]) < NODE:
        return fail(
            f"Node {versions['Node']} is too old", f"install Node.js {NODE} or newer (nodejs.org)"
        )
    return ok(
        ", ".join(
            [
                f"Python {platform.python_version()}",
                *(f"{name} {version or '?'}" for name, version in versions.items()),
            ]
        )
    )


def _version(words: list[str]) -> str | None:
    """The first version number that a program prints."""
    try:
        run = subprocess.run(
            words, capture_output=True, text=True, timeout=SECONDS, env=cli.environment()
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\d+(\.\d+)+", run.stdout)
    return match[0] if match else None
