"""Checkov finds no weakness in the configuration, and each of its checks that does not apply says
why where it would."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.workspace import install
from tests.infra.conftest import CONFIGURATION

COMMENT = re.compile(r"#checkov:skip=(\w+):(.+)")
# Nothing answers there: its rules come with it, and a scan that asked somebody would not be the
# same tomorrow.
NOBODY = "http://127.0.0.1:9"


def scan(folder: Path) -> dict:
    """Checkov's report on a Terraform configuration."""
    program = install.TOOLS / "bin" / "checkov"
    assert program.exists(), "Checkov is missing: `make test` installs it."
    words = [
        "--directory",
        str(folder),
        "--framework",
        "terraform",
        "--skip-download",
        "--compact",
        "--output",
        "json",
    ]
    env = os.environ | {"HTTPS_PROXY": NOBODY, "HTTP_PROXY": NOBODY, "NO_PROXY": ""}
    run = subprocess.run(
        [program, *words], capture_output=True, text=True, env=env, cwd=folder, timeout=300
    )
    assert run.stdout.startswith("{"), run.stdout[:1000] + run.stderr[-1000:]
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def report() -> dict:
    return scan(CONFIGURATION)


def comments() -> list[tuple[str, str, str]]:
    """File, check and reason of every skip."""
    files = sorted((CONFIGURATION).rglob("*.tf"))
    return [
        (f"/{file.relative_to(CONFIGURATION)}", *found)
        for file in files
        for found in COMMENT.findall(file.read_text())
    ]


def test_no_check_fails(report):
    failed = [
        f"{one['check_id']} {one['resource']}: {one['check_name']}"
        for one in report["results"]["failed_checks"]
    ]
    assert failed == []
    assert report["summary"]["parsing_errors"] == 0


def test_every_resource_was_looked_at(report):
    declared = {
        f"{kind}.{name}"
        for file in CONFIGURATION.rglob("modules/**/*.tf")
        for kind, name in re.findall(r'^resource "(\w+)" "(\w+)"', file.read_text(), re.MULTILINE)
    }
    assert report["summary"]["resource_count"] >= len(declared) > 15
    assert report["summary"]["passed"] >= 70


def test_every_skip_gives_a_reason():
    assert comments()
    assert [one for one in comments() if len(one[2].split()) < 6] == []


def test_every_skip_is_needed(report):
    skipped = {(one["file_path"], one["check_id"]) for one in report["results"]["skipped_checks"]}
    assert {(file, check) for file, check, _ in comments()} == skipped


def test_a_weaker_configuration_fails(tmp_path):
    copy = shutil.copytree(
        CONFIGURATION, tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform")
    )
    weakened = {
        "modules/site/main.tf": (r"block_public_acls +.*", "block_public_acls = false"),
        "modules/function/iam.tf": (
            r"resources = local\.model_arns|resources = \[local\.function_arn\]",
            'resources = ["*"]',
        ),
    }
    for name, (before, after) in weakened.items():
        text, count = re.subn(before, after, (copy / name).read_text())
        assert count, name
        (copy / name).write_text(text)
    found = {
        (one["file_path"].lstrip("/"), one["check_id"])
        for one in scan(copy)["results"]["failed_checks"]
    }
    assert {file for file, _ in found} == set(weakened)
