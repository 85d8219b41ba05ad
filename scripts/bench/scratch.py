"""A local stack of its own, in a copy of this folder: no running stack is touched, and nothing of
it stays."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from scripts.console.progress import Failure
from scripts.local.services import FOREIGN
from scripts.stack.connection import DeployedStack
from scripts.workspace import paths
from scripts.workspace.target import StackTarget

# Installed once, for this folder; the copy uses the same.
SHARED = (".venv", "node_modules")
FOLDERS = ("handler", "requirements", "scripts", "site", "terraform")


class Scratch:
    """The stack while it is up."""

    def __init__(self, folder: Path, port: int):
        self.folder = folder
        self.port = port
        command = [str(paths.PYTHON), "-m", "scripts", "outputs", "--env", "local"]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        self.outputs: dict[str, Any] = json.loads(run.stdout)
        self.deployed = DeployedStack(self.outputs, StackTarget.up(f"http://127.0.0.1:{port}"))
        self.token = (folder / paths.OWNER.relative_to(paths.ROOT)).read_text().strip()

    def site_bytes(self) -> int:
        """What the page weighs."""
        files = [path for path in (self.folder / "build/site").rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in files)

    def client(self, service: str) -> Any:
        """An AWS client of the emulator itself, past every meter."""
        return self.deployed.client(service)


@contextmanager
def scratch_stack(model_url: str | None, say: Callable[[str], None]) -> Iterator[Scratch]:
    """The stack, up; it is taken down again whatever happens, a Ctrl-C included. Raises Failure."""
    folder = Path(tempfile.mkdtemp(prefix="forever-us-bench-"))
    port, model_port = free_ports(2)
    env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    # What a tool that is cut off leaves behind goes with the folder, too.
    env |= {"PORT": str(port), "MODEL_PORT": str(model_port), "TMPDIR": str(folder)}
    if model_url:
        env["MODEL_URL"] = model_url
    try:
        _copy(folder)
        if problem := _make("up", folder, env, say):
            raise Failure(f"The stack to measure did not come up:\n{problem}")
        yield Scratch(folder, port)
    finally:
        # A second Ctrl-C must not leave half of it running.
        former = signal.signal(signal.SIGINT, signal.SIG_IGN)
        _make("down", folder, env, say)
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGINT, former)


def free_ports(number: int) -> list[int]:
    """Ports that no program listens on, all different."""
    with ExitStack() as probes:
        found = [probes.enter_context(socket.socket()) for _ in range(number)]
        for probe in found:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in found]


def _copy(folder: Path) -> None:
    leave = shutil.ignore_patterns("__pycache__", ".terraform", "*.tfstate*")
    for name in FOLDERS:
        shutil.copytree(paths.ROOT / name, folder / name, ignore=leave)
    for path in paths.ROOT.glob("*"):
        if path.is_file():
            shutil.copy2(path, folder)
    for name in SHARED:
        (folder / name).symlink_to(paths.ROOT / name)


def _make(command: str, folder: Path, env: dict[str, str], say: Callable[[str], None]) -> str:
    """`make up` or `make down` there; what it wrote if it failed. It is in a session of its own:
    Ctrl-C reaches this process, which then takes all of it down."""
    written = []
    with subprocess.Popen(
        [sys.executable, "-m", "scripts", command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        try:
            for line in child.stderr or ():
                written.append(line)
                if line.startswith("["):
                    say("  " + line.rstrip())
            failed = child.wait()
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
                child.wait()
    return ("".join(written).strip() or "it wrote nothing") if failed else ""
