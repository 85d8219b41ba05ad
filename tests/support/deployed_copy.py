"""Named stacks of `make deploy ENV=local`, side by side in one emulator: what their owner types,
and what was seen at each step."""

import json
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE

from scripts.stack.inventory import ALL
from scripts.stack.inventory.account import AwsAccount
from scripts.terraform.events import TerraformReport
from tests.support.local_stack import LocalStack, copy_of_the_project
from tests.support.waiting import until


@dataclass
class DeployedCopy(LocalStack):
    """One named stack of `make deploy ENV=local`, in a folder of its own."""

    name: str = "copy"
    seen: dict[str, subprocess.CompletedProcess | object] = field(default_factory=dict)

    def run(self, step: str, goal: str, *words: str) -> subprocess.CompletedProcess:
        """`make goal`, remembered under `step`."""
        began = time.monotonic()
        run = self.make(goal, "ENV=local", f"STACK={self.name}", *words, check=False)
        self.seen[step] = run
        self.seen[f"{step} took"] = time.monotonic() - began
        return run

    def interrupted(self, step: str, hung: threading.Event, kind: str) -> None:
        """A deploy that meets Ctrl-C once `hung` is set: calls of that kind of resource hang."""
        words = [".venv/bin/python", "-m", "scripts", "deploy"]
        words += ["--env", "local", "--stack", self.name, "--yes"]
        child = subprocess.Popen(
            words, cwd=self.folder, env=self.env, stdout=PIPE, stderr=PIPE, text=True
        )
        assert hung.wait(600), "nothing hangs"
        child.send_signal(signal.SIGINT)
        # After the first Ctrl-C Terraform waits for the calls that hang. The second breaks them off,
        # and would lose what any other call is about to make.
        until(
            lambda: child.poll() is not None or self.works_only_on(kind),
            "all others are done",
            600,
        )
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=300)
        self.seen[step] = subprocess.CompletedProcess(words, child.returncode, out, err)

    def works_only_on(self, kind: str) -> bool:
        """Whether Terraform's log says that it begins nothing more and is working on resources of
        that kind alone."""
        report = TerraformReport(lambda _line: None)
        log = (self.target / "terraform.log").read_text()
        for line in log.splitlines():
            report.line(line)
        return (
            "Stopping operation..." in log
            and bool(report.running)
            and all(kind in address for address in report.running)
        )

    @property
    def outputs(self) -> dict:
        return json.loads(self.make("outputs", "ENV=local", f"STACK={self.name}").stdout)

    @property
    def target(self) -> Path:
        return self.folder / ".local/stacks" / self.name

    def settings(self, **values: object) -> None:
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        (self.folder / "settings.toml").write_text("\n".join([*lines, ""]))

    def account(self) -> AwsAccount:
        return account(int(self.env["PORT"]))


def deployed_copy(
    env: dict[str, str], folder: Path, name: str, *, port: int | None = None
) -> DeployedCopy:
    """A folder whose emulator and model are at the environment's PORT and MODEL_PORT, the emulator
    by way of `port` if that is given."""
    copy_of_the_project(folder)
    (folder / ".local").mkdir()
    ports = {"emulator": port or int(env["PORT"]), "model": int(env["MODEL_PORT"])}
    (folder / ".local/settings.json").write_text(json.dumps(ports))
    env = {key: value for key, value in env.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
    return DeployedCopy(folder, env, name=name)


def account(port: int) -> AwsAccount:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return AwsAccount(
        {"region_name": "us-east-1", "endpoint_url": f"http://127.0.0.1:{port}", **keys}
    )


def inventory(port: int) -> set[str]:
    """Everything that the emulator has, of any stack."""
    asked = account(port)
    return {f"{thing.kind} {thing.arn}" for find in ALL.values() for thing in find(asked)}


def tail(run: subprocess.CompletedProcess) -> str:
    """For an assert's message."""
    return f"{run.args}\n{run.stdout}\n{run.stderr}"[-4000:]
