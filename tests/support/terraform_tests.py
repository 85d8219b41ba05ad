"""Terraform's own tests (terraform/tests), run offline, and the plans that they make.

Each run of a test starts the AWS provider twice, which takes a second of a processor. What is only
about the root's variables needs none, so those files run on the variables alone
(tests/support/terraform_variables.py); stack.tftest.hcl proves that the stack refuses the same."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.terraform import cli
from tests.support import terraform_variables
from tests.support.shared_cache import cached, digest_of

ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / "terraform"
GROUP = "terraform"


@dataclass(frozen=True)
class Tested:
    """What `terraform test` said: the runs' results by "file run", and the resources that each run
    planned by address."""

    results: dict[str, str]
    plans: dict[str, dict[str, dict]]
    complaints: list[str]


def command(data: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    """One command of Terraform and its environment; all that Terraform keeps goes to `data`."""
    # What tests/conftest.py spares Go, kept within limits: a run of many tests has memory to grow.
    env = cli.offline(data) | {"GOMEMLIMIT": "700MiB"}
    return [cli.binary(), *words], env


def run_tests(folder: Path, data: Path, files: list[Path]) -> Tested:
    """Runs these test files on the configuration in `folder`."""
    options = ["-backend=false", "-input=false", "-no-color", "-lockfile=readonly"]
    words, env = command(data, "init", *options, *cli.mirror_options())
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    tested = Tested({}, {}, [])
    filters = [f"-filter=tests/{path.name}" for path in files]
    words, env = command(data, "test", "-json", "-verbose", *filters)
    with (data / "stderr").open("w+") as errors:
        with subprocess.Popen(
            words, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=errors
        ) as process:
            for line in process.stdout or ():
                _note(_event(line), tested)
        errors.seek(0)
        tested.complaints.extend(errors.read().splitlines())
    if process.returncode and not tested.complaints:
        tested.complaints.append(f"terraform test ended with {process.returncode}.")
    return tested


def _event(line: bytes) -> dict:
    """What one line says. Behind a plan it has all of the provider's schemas: fourteen megabytes,
    which nobody needs, and which would take as long to read as the plan to make."""
    plan, has_schemas, _ = line.partition(b',"provider_schemas":')
    return json.loads(plan + b'},"type":"test_plan"}' if has_schemas else line)


def _note(said: dict, tested: Tested) -> None:
    """What that adds."""
    name = f"{Path(said.get('@testfile', '')).name} {said.get('@testrun', '')}"
    if said["type"] == "test_run" and said["test_run"].get("progress") in (None, "complete"):
        tested.results[name] = said["test_run"]["status"]
    elif said["type"] == "test_plan":
        changes = said["test_plan"].get("resource_changes", [])
        tested.plans[name] = {change["address"]: change["change"]["after"] for change in changes}
    elif said["type"] == "diagnostic" and said["diagnostic"]["severity"] == "error":
        complaint = said["diagnostic"]
        tested.complaints.append(f"{name}: {complaint['summary']}: {complaint['detail']}")


def run_all(folder: Path) -> dict:
    """Every test file of the configuration."""
    files = sorted((CONFIGURATION / "tests").glob("*.tftest.hcl"))
    about_variables = [path for path in files if path.name in terraform_variables.TESTS]
    runs = [
        (terraform_variables.assemble(folder / "variables", CONFIGURATION), about_variables),
        (CONFIGURATION, [path for path in files if path not in about_variables]),
    ]
    results, plans, complaints = {}, {}, []
    for n, (configuration, chosen) in enumerate(runs):
        (data := folder / f"data-{n}").mkdir()
        tested = run_tests(configuration, data, chosen)
        results |= tested.results
        plans |= tested.plans
        complaints += tested.complaints
    return {"results": results, "plans": plans, "complaints": complaints}


def _digest() -> str:
    """Of all that decides what the tests say."""
    files = sorted(path for path in CONFIGURATION.rglob("*") if path.is_file())
    names = [path.relative_to(ROOT).as_posix() for path in files]
    code = map(Path, (__file__, terraform_variables.__file__, cli.__file__))
    # The program's version, and the provider's that the lock file selects.
    version = [cli.binary(), "version", "-json"]
    said = subprocess.run(version, cwd=CONFIGURATION, env=cli.environment(), capture_output=True)
    models = ROOT / "handler/models/models.json"
    return digest_of(*names, said.stdout.decode(), files=[*files, *code, models])


@pytest.fixture(scope="session")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Tested:
    """One run of all of `terraform/tests`, for many asserts."""
    said = cached(
        "terraform-tests",
        _digest(),
        lambda: run_all(tmp_path_factory.mktemp("terraform")),
        keep=lambda said: not said["complaints"],
    )
    return Tested(**said)


@pytest.fixture(scope="session")
def planned(tested) -> dict[str, dict]:
    """What the whole stack with its defaults would create, by address: planned by the real
    provider, without an account."""
    return tested.plans["provider.tftest.hcl defaults_make_a_plan"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker of pytest-xdist runs all who need the plans: the others need not wait for them."""
    for item in items:
        if "tested" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(GROUP))
