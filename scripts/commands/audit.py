"""Asks the package indexes whether anything that is pinned has a known vulnerability."""

import json
import subprocess
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from scripts.workspace import install, paths
from scripts.workspace.locks import EXPORTS

# Findings that do not concern this project, each with the reason why not. Empty is how it should
# stay.
EXPLAINED: dict[str, str] = {}


class NoAnswer(Exception):
    """The index did not answer, or does not know a package."""


def run(_options: Namespace) -> int:
    """0 nothing known, 1 findings, 2 an index gave no answer, so that nothing is known about its
    packages."""
    code = 0
    indexes: dict[str, Callable[[], list[str]]] = {"Python": python, "npm": page}
    for name, findings in indexes.items():
        try:
            found = [line for line in findings() if not any(known in line for known in EXPLAINED)]
        except NoAnswer as reason:
            print(f"{name}: nothing is known, the index gave no answer ({reason}).")
            code = 2
            continue
        what = f"{len(found)} findings" if found else "nothing known"
        print(f"{name}: {what}.", *found, sep="\n  ")
        code = code or int(bool(found))
    return code


def python() -> list[str]:
    """One line for each known vulnerability of a package in the lock files. Raises NoAnswer."""
    program = install.TOOLS / "bin" / "pip-audit"
    options = ["--format", "json", "--progress-spinner", "off", "--disable-pip", "--require-hashes"]
    # One list at a time: pip-audit refuses a package that two of them pin differently.
    reports = [_json([program, *options, "--requirement", name]) for name in EXPORTS]
    found = [package for report in reports for package in report.get("dependencies", [])]
    # pip-audit counts a package that it could not ask about as fine.
    silent = [f"{one['name']}: {one['skip_reason']}" for one in found if "skip_reason" in one]
    if silent:
        raise NoAnswer(f"{len(silent)} of {len(found)} packages, such as {silent[0]}")
    if not found:
        raise NoAnswer("no package at all")
    return sorted(
        {f"{one['name']} {one['version']}: {bug['id']}" for one in found for bug in one["vulns"]}
    )


def page() -> list[str]:
    """One line for each known vulnerability of a package in package-lock.json. Raises NoAnswer."""
    said = _json(["npm", "audit", "--json"])
    if "vulnerabilities" not in said:
        reason = said.get("message") or said.get("error", {}).get("summary")
        raise NoAnswer(reason or "npm audit gave no report")
    return sorted(
        f"{name} {one['range']}: {cause['url'] if isinstance(cause, dict) else f'through {cause}'}"
        for name, one in said["vulnerabilities"].items()
        for cause in one["via"]
    )


def _json(command: list[str | Path]) -> dict:
    run = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    try:
        return json.loads(run.stdout)
    except ValueError as error:
        reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
        raise NoAnswer(reason) from error
