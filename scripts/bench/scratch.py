"""A local stack of its own, in a copy of this folder: nobody's running stack is touched, and
nothing of it stays."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.console.progress import Failure
from scripts.local.services import FOREIGN
from scripts.stack.connection import DeployedStack
from scripts.workspace import paths
from scripts.workspace.target import StackTarget

# Installed once, for this folder; the copy uses the same.
SHARED = (".venv", "node_modules")
NEEDED = (
    "handler",
    "requirements",
    "scripts",
    "site",
    "terraform",
    *(path.name for path in paths.ROOT.glob("*") if path.is_file()),
)


class Scratch:
    """The stack while it is up."""

    def __init__(self, folder: Path, port: int):
        self.folder, self.port = folder, port
        run = subprocess.run(
            [paths.PYTHON, "-m", "scripts", "outputs", "--env", "local"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        self.outputs = json.loads(run.stdout)
        self.deployed = DeployedStack(self.outputs, StackTarget.up(f"http://127.0.0.1:{port}"))
        self.token = (folder / paths.OWNER.relative_to(paths.ROOT)).read_text().strip()

    def client(self, service: str):
        """An AWS client of the emulator itself, past every meter."""
        return self.deployed.client(service)


@contextmanager
def scratch_stack(model_url: str | None, say: Callable[[str], None]) -> Iterator[Scratch]:
    """The stack, up; it is taken down again whatever happens, a Ctrl-C included. Raises Failure."""
    folder = Path(tempfile.mkdtemp(prefix="forever-us-bench-"))
    port, model_port = free_ports(2)
    env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    # What a tool that is cut off leaves behind goes with the folder, too.
    env |= {"PORT": str(port), "MODEL_PORT": str(model_port), "TMPDIR": str(folder)} | (
        {"MODEL_URL": model_url} if model_url else {}
    )
    try:
        _copy(folder)
        _run("up", folder, env, say)
        yield Scratch(folder, port)
    finally:
        # A second Ctrl-C must not leave half of it running.
        former = signal.signal(signal.SIGINT, signal.SIG_IGN)
        _run("down", folder, env, say, check=False)
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGINT, former)


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on, all different."""
    probes = [socket.socket() for _ in range(number)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _copy(folder: Path) -> None:
    leave = shutil.ignore_patterns("__pycache__", ".terraform", "*.tfstate*")
    for name in NEEDED:
        source = paths.ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=leave)
        else:
            shutil.copy2(source, folder / name)
    for name in SHARED:
        (folder / name).symlink_to(paths.ROOT / name)


def _run(
    command: str,
    folder: Path,
    env: dict[str, str],
    say: Callable[[str], None],
    *,
    check: bool = True,
) -> None:
    """`make up` or `make down` there. It is in a session of its own: Ctrl-C reaches this process,
    which then takes all of it down."""
    said = []
    child = subprocess.Popen(
        [sys.executable, "-m", "scripts", command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        for line in child.stderr:
            said.append(line)
            if line.startswith("["):
                say("  " + line.rstrip())
        if child.wait() and check:
            raise Failure("The stack to measure did not come up:\n" + "".join(said).strip())
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
            child.wait()
        child.stderr.close()
