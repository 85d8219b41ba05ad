"""Runs Terraform offline: its checks, its own tests, and the plans that those tests make."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.terraform import cli

ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / "terraform"


@dataclass(frozen=True)
class Tested:
    """What `terraform test` said: the runs' results by "file run", and the resources that each run
    planned by address."""

    returncode: int
    results: dict[str, str]
    plans: dict[str, dict[str, dict]]
    complaints: list[str]


@pytest.fixture(scope="session")
def run_terraform(tmp_path_factory) -> Callable[..., subprocess.CompletedProcess]:
    """Runs one Terraform command on the configuration. Everything that Terraform keeps goes to a
    temporary folder."""
    env = cli.offline(tmp_path_factory.mktemp("terraform"))

    def run(*words: str, stdout=subprocess.PIPE) -> subprocess.CompletedProcess:
        command = [cli.binary(), *words]
        return subprocess.run(
            command,
            cwd=CONFIGURATION,
            env=env,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=900,
        )

    done = run(
        "init",
        "-backend=false",
        "-input=false",
        "-no-color",
        "-lockfile=readonly",
        *cli.mirror_options(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return run


@pytest.fixture(scope="session")
def tested(run_terraform, tmp_path_factory) -> Tested:
    """One run of all of `terraform/tests`, for many asserts."""
    results, plans, complaints = {}, {}, []
    # Through a file and line by line: each plan repeats all of the configuration.
    with (tmp_path_factory.mktemp("tested") / "said.jsonl").open("w+") as file:
        done = run_terraform("test", "-json", "-verbose", stdout=file)
        file.seek(0)
        for said in map(json.loads, file):
            name = f"{Path(said.get('@testfile', '')).name} {said.get('@testrun', '')}"
            if said["type"] == "test_run" and said["test_run"].get("progress") in (
                None,
                "complete",
            ):
                results[name] = said["test_run"]["status"]
            elif said["type"] == "test_plan":
                changes = said["test_plan"].get("resource_changes", [])
                plans[name] = {change["address"]: change["change"]["after"] for change in changes}
            elif said["type"] == "diagnostic" and said["diagnostic"]["severity"] == "error":
                complaints.append(
                    f"{name}: {said['diagnostic']['summary']}: {said['diagnostic']['detail']}"
                )
        file.truncate(0)
    return Tested(done.returncode, results, plans, complaints + done.stderr.splitlines())


@pytest.fixture(scope="session")
def planned(tested) -> dict[str, dict]:
    """What the whole stack with its defaults would create, by address: planned by the real
    provider, without an account."""
    return tested.plans["provider.tftest.hcl defaults_make_a_plan"]
