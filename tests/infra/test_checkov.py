"""Checkov finds no weakness in the configuration, and each of its checks that does not apply says
why where it would."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.workspace import install, paths
from tests.support.shared_cache import cached, digest_of
from tests.support.terraform_tests import CONFIGURATION

RESOURCE = re.compile(r'^resource "(\w+)" "(\w+)"', re.MULTILINE)
COMMENT = re.compile(r"#checkov:skip=(\w+):(.+)")
# Nothing answers there: its rules come with it, and a scan that asked somebody would not be the
# same tomorrow.
NOBODY = "http://127.0.0.1:9"


WEAKENED = {
    "modules/site/main.tf": (r"block_public_acls +.*", "block_public_acls = false"),
    "modules/function/iam.tf": (
        r"resources = local\.model_arns|resources = \[local\.function_arn\]",
        'resources = ["*"]',
    ),
}

pytestmark = pytest.mark.xdist_group("checkov")


def scan(folder: Path) -> dict:
    """Checkov's report on the Terraform configurations in a folder."""
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
        [program, *words], capture_output=True, text=True, env=env, cwd=folder, timeout=900
    )
    assert run.stdout.startswith("{"), run.stdout[:1000] + run.stderr[-1000:]
    return json.loads(run.stdout)


def weaken(folder: Path) -> None:
    """Makes the modules of WEAKENED there, each with a weakness."""
    for module in {Path(name).parent for name in WEAKENED}:
        shutil.copytree(CONFIGURATION / module, folder / module)
    for name, (before, after) in WEAKENED.items():
        text, count = re.subn(before, after, (folder / name).read_text())
        assert count, name
        (folder / name).write_text(text)


def scan_both(folder: Path) -> dict:
    """On the configuration and on a weaker one at once: Checkov takes longer to start than to
    read."""
    shutil.copytree(
        CONFIGURATION, folder / "terraform", ignore=shutil.ignore_patterns(".terraform")
    )
    weaken(folder / "weaker")
    return scan(folder)


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict:
    """The report on both."""
    files = [path for path in CONFIGURATION.rglob("*") if path.suffix in (".tf", ".hcl")]
    names = sorted(path.relative_to(CONFIGURATION).as_posix() for path in files)
    tools = paths.ROOT / "requirements/tools.txt"
    digest = digest_of(*names, files=[*files, tools, Path(__file__)])
    return cached("checkov", digest, lambda: scan_both(tmp_path_factory.mktemp("checkov")))


def of(found: dict, configuration: str) -> dict[str, list[dict]]:
    """What was found in one of them, by kind of result, with the files' paths in it."""
    assert found["summary"]["parsing_errors"] == 0
    start = f"/{configuration}/"
    return {
        kind: [
            one | {"file_path": one["file_path"].removeprefix(start)}
            for one in found["results"][f"{kind}_checks"]
            if one["file_path"].startswith(start)
        ]
        for kind in ("passed", "failed", "skipped")
    }


@pytest.fixture(scope="module")
def report(found) -> dict[str, list[dict]]:
    return of(found, "terraform")


def comments() -> list[tuple[str, str, str]]:
    """File, check and reason of every skip."""
    files = sorted(CONFIGURATION.rglob("*.tf"))
    return [
        (file.relative_to(CONFIGURATION).as_posix(), *found)
        for file in files
        for found in COMMENT.findall(file.read_text())
    ]


def test_no_check_fails(report):
    failed = [
        f"{one['check_id']} {one['resource']}: {one['check_name']}" for one in report["failed"]
    ]
    assert failed == []


def declared(folder: Path) -> set[str]:
    """The resources of a module and of those below it."""
    text = "".join(path.read_text() for path in folder.rglob("*.tf"))
    return {f"{kind}.{name}" for kind, name in RESOURCE.findall(text)}


def test_every_resource_was_looked_at(found, report):
    configuration = declared(CONFIGURATION / "modules")
    weaker = [declared((CONFIGURATION / name).parent) for name in WEAKENED]
    assert len(configuration) > 15
    assert found["summary"]["resource_count"] >= len(configuration) + sum(map(len, weaker))
    assert len(report["passed"]) >= 70


def test_every_skip_gives_a_reason():
    assert comments()
    assert [one for one in comments() if len(one[2].split()) < 6] == []


def test_every_skip_is_needed(report):
    skipped = {(one["file_path"], one["check_id"]) for one in report["skipped"]}
    assert {(file, check) for file, check, _ in comments()} == skipped


def test_a_weaker_configuration_fails(found):
    assert {one["file_path"] for one in of(found, "weaker")["failed"]} == set(WEAKENED)
