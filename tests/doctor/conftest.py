"""One examination of an account that is played (tests/support/fake_account.py), with a person's own
AWS settings."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.config import Config

from scripts.doctor import aws, examine, tools
from scripts.doctor import run as run_module
from scripts.workspace import paths
from scripts.workspace.settings import OwnerSettings
from tests.support.aws_models import shared_aws_models  # noqa: F401
from tests.support.fake_account import FakeAccount

PATIENCE = 300  # seconds
GOOD = {"alert_email": "ana@example.com"}


@dataclass(frozen=True)
class Examined:
    """What a person saw: whether it is good, the lines by their check, and the account that was
    asked."""

    good: bool
    lines: dict[str, str]
    account: FakeAccount

    def of(self, state: str) -> list[str]:
        """The checks that ended in a state."""
        return [name for name, line in self.lines.items() if line.split()[0] == state]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a stack, so that the person's own is never read."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(paths, "STACKS", tmp_path / ".stacks")
    monkeypatch.setattr(paths, "STACKS_LOCAL", tmp_path / ".local" / "stacks")
    monkeypatch.setattr(paths, "LOG", tmp_path / ".local" / "log")
    return tmp_path


@pytest.fixture
def examined(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Examined]:
    """Examines the account of that name, with settings beside the good ones; `env` is the person's
    shell. A slow machine may take its time."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(run_module, "DEADLINE", PATIENCE)
    monkeypatch.setattr(tools, "SECONDS", PATIENCE)
    patient = Config(connect_timeout=PATIENCE, read_timeout=PATIENCE)
    monkeypatch.setattr(aws, "WAITS", aws.WAITS.merge(patient))

    def run(
        name: str,
        *,
        ask_model: bool = True,
        env: dict[str, str | None] | None = None,
        date: str | None = None,
        **variables,
    ) -> Examined:
        with FakeAccount(name, date=date) as server:
            monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
            for key, value in (env or {}).items():
                monkeypatch.setenv(key, value) if value is not None else monkeypatch.delenv(key)
            said: list[str] = []
            good = examine(
                OwnerSettings("forever-us", GOOD | variables),
                "aws",
                ask_model=ask_model,
                say=said.append,
            )
        assert all("\n" not in line for line in said)
        return Examined(good, {line.split()[1]: line for line in said}, server)

    assert os.environ["AWS_ACCESS_KEY_ID"] == "test"
    return run
