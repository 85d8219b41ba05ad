"""Asks the package indexes whether anything that is pinned has a known vulnerability.

python3 -m scripts.commands.audit

Exit codes: 0 nothing known, 1 findings, 2 an index gave no answer, so that nothing is known about
its packages."""

import argparse
import json
import subprocess
import sys

from scripts.commands import lock
from scripts.workspace import install, paths

# Findings that do not concern this project, each with the reason why not. Empty is how it should
# stay.
EXPLAINED: dict[str, str] = {}


class NoAnswer(Exception):
    """The index could not be asked, or does not know a package."""


def python_findings() -> list[str]:
    """One line for each known vulnerability of a package in the lock files. Raises NoAnswer."""
    program = install.TOOLS / "bin" / "pip-audit"
    options = ["--format", "json", "--progress-spinner", "off", "--disable-pip", "--require-hashes"]
    # One lock at a time: pip-audit refuses a package that two of them pin differently.
    reports = [_json([program, *options, "--requirement", f"{name}.lock"]) for name in lock.LISTS]
    found = [package for report in reports for package in report.get("dependencies", [])]
    # pip-audit counts a package that it could not ask about as fine.
    silent = [
        f"{package['name']}: {package['skip_reason']}"
        for package in found
        if "skip_reason" in package
    ]
    if silent or not found:
        raise NoAnswer(
            f"{len(silent)} of {len(found)} packages, such as {silent[0]}"
            if silent
            else "no package at all"
        )
    return sorted(
        {f"{one['name']} {one['version']}: {bug['id']}" for one in found for bug in one["vulns"]}
    )


def page_findings() -> list[str]:
    """One line for each known vulnerability of a package in package-lock.json. Raises NoAnswer."""
    said = _json(["npm", "audit", "--json"])
    if "vulnerabilities" not in said:
        raise NoAnswer(
            said.get("message")
            or said.get("error", {}).get("summary")
            or "npm audit gave no report"
        )
    return sorted(
        f"{name} {one['range']}: {cause['url'] if isinstance(cause, dict) else f'through {cause}'}"
        for name, one in said["vulnerabilities"].items()
        for cause in one["via"]
    )


def _json(command: list) -> dict:
    run = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    try:
        return json.loads(run.stdout)
    except ValueError as error:
        reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
        raise NoAnswer(reason) from error


def main(arguments: list[str] | None = None) -> int:
    """The exit code."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args(arguments)
    code = 0
    for name, findings in {"Python": python_findings, "npm": page_findings}.items():
        try:
            found = [line for line in findings() if not any(known in line for known in EXPLAINED)]
        except NoAnswer as reason:
            print(f"{name}: nothing is known, the index gave no answer ({reason}).")
            code = 2
            continue
        print(
            f"{name}: {len(found)} findings." if found else f"{name}: nothing known.",
            *found,
            sep="\n  ",
        )
        code = code or bool(found)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
