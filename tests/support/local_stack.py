"""The real thing: `make up` in a copy of this folder, so that no test touches the person's own
local stack."""

import filecmp
import json
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
from websockets.sync.client import ClientConnection, connect

from scripts.stack.connection import DeployedStack
from scripts.workspace.target import StackTarget
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
# Installed once for the person's own folder; the copy uses the same.
SHARED = (".venv", "node_modules")
PATIENCE = 300  # seconds for any one answer


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def copy_of_the_project(target: Path) -> set[str]:
    """What git would give a fresh clone after a commit of the present state. The names of the files
    that were not there before, or were others."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    copied = set()
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, copy = ROOT / name, target / name
        if not source.is_file() or (copy.is_file() and filecmp.cmp(source, copy, shallow=False)):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copy)
        copied.add(name)
    for name in SHARED:
        if not (target / name).exists():
            (target / name).symlink_to(ROOT / name)
    return copied


def without_aws(**more: str) -> dict[str, str]:
    """This process's environment without what it says of AWS."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | more


@dataclass
class LocalStack:
    """A folder with a stack of its own, and what a person does there. No limit of time is close: it
    ends what hangs, however slow the machine is."""

    folder: Path
    env: dict[str, str]
    link: str = ""
    _outputs: dict | None = None

    @classmethod
    def copied_to(cls, folder: Path) -> "LocalStack":
        """A copy of the project, with ports of its own."""
        copy_of_the_project(folder)
        return cls(folder, without_aws(PORT=str(free_port()), MODEL_PORT=str(free_port())))

    def make(
        self, *words: str, check: bool = True, quiet: bool = True
    ) -> subprocess.CompletedProcess:
        """Run `make …` there; not `quiet`, what it says of its steps is seen at once."""
        run = subprocess.run(
            ["make", "--no-print-directory", *words],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if quiet else None,
            text=True,
            timeout=1_800,
        )
        assert not check or run.returncode == 0, (
            f"make {' '.join(words)}:\n{run.stdout}\n{run.stderr}"
        )
        return run

    def up(self, *, quiet: bool = True, **env: str) -> subprocess.CompletedProcess:
        """`make up`; remembers the link."""
        self.env |= env
        self._outputs = None
        run = self.make("up", quiet=quiet)
        self.link = run.stdout.strip().splitlines()[-1]
        return run

    @property
    def outputs(self) -> dict:
        return json.loads(self.make("outputs", "ENV=local").stdout)

    @property
    def token(self) -> str:
        return self.link.split("#invite=")[1]

    def pid(self, service: str) -> int:
        """The process id of what `make up` started."""
        return json.loads((self.folder / ".local/run" / f"{service}.json").read_text())["pid"]

    def call(
        self, method: str, path: str, *, token: str | None = None, **more: object
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"} | more.pop("headers", {})
        return requests.request(
            method, self.outputs_now["api_url"] + path, headers=headers, timeout=PATIENCE, **more
        )

    @property
    def outputs_now(self) -> dict:
        """The outputs, read once for each `make up`."""
        if self._outputs is None:
            self._outputs = self.outputs
        return self._outputs

    @property
    def deployed(self) -> DeployedStack:
        """The stack as its owner reaches it: past the APIs, with all rights."""
        return DeployedStack(self.outputs_now, StackTarget.up(self.emulator))

    @property
    def emulator(self) -> str:
        return f"http://127.0.0.1:{self.env['PORT']}"

    def page(self, path: str = "/", **headers: str) -> requests.Response:
        """The page through the emulator's CloudFront; its host name is given by hand, since Python
        does not resolve it."""
        site = urlsplit(self.outputs_now["site_url"])
        return requests.get(
            f"http://127.0.0.1:{site.port}{path}",
            headers={"Host": site.netloc} | headers,
            timeout=PATIENCE,
        )

    def socket(self, **more: object) -> ClientConnection:
        return connect(self.outputs_now["ws_url"], open_timeout=PATIENCE, **more)

    def ask(
        self, connection: ClientConnection, message_id: str, text: str, **more: str
    ) -> list[tuple[float, dict]]:
        """One turn; each frame with the seconds that it came after the question."""
        frame = {
            "action": "chat",
            "token": self.token,
            "text": text,
            "message_id": message_id,
        } | more
        began = time.monotonic()
        connection.send(json.dumps(frame))
        frames = []
        while not frames or frames[-1][1]["type"] not in ("finished", "failed"):
            said = json.loads(connection.recv(timeout=PATIENCE))
            frames.append((time.monotonic() - began, said))
        return frames
