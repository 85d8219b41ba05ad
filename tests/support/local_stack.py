"""The real thing, once a session: `make up` in a copy of this folder, so that no test touches the
person's own local stack."""

import json
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from websockets.sync.client import ClientConnection, connect

from scripts.stack.connection import DeployedStack
from scripts.workspace.target import StackTarget

ROOT = Path(__file__).parents[2]
# Installed once for the person's own folder; the copy uses the same.
SHARED = (".venv", "node_modules")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def copy_of_the_project(target: Path) -> None:
    """What git would give a fresh clone after a commit of the present state."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        source = ROOT / name
        if name and source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    for name in SHARED:
        (target / name).symlink_to(ROOT / name)


@dataclass
class LocalStack:
    """A folder with a stack of its own, and what a person does there."""

    folder: Path
    env: dict[str, str]
    link: str = ""
    seconds: float = 0
    _outputs: dict | None = None

    def make(self, *words: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run `make …` there."""
        run = subprocess.run(
            ["make", "--no-print-directory", *words],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert not check or run.returncode == 0, (
            f"make {' '.join(words)}:\n{run.stdout}\n{run.stderr}"
        )
        return run

    def up(self, **env: str) -> subprocess.CompletedProcess:
        """`make up`; remembers the link and how long it took."""
        began = time.monotonic()
        self.env |= env
        self._outputs = None
        run = self.make("up")
        self.seconds = time.monotonic() - began
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
            method, self.outputs_now["api_url"] + path, headers=headers, timeout=60, **more
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
            timeout=30,
        )

    def socket(self, **more: object) -> ClientConnection:
        return connect(self.outputs_now["ws_url"], open_timeout=30, **more)

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
            said = json.loads(connection.recv(timeout=120))
            frames.append((time.monotonic() - began, said))
        return frames


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory):
    """A running local stack with the embedded model."""
    folder = tmp_path_factory.mktemp("forever-us")
    copy_of_the_project(folder)
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    local = LocalStack(folder, env | {"PORT": str(free_port()), "MODEL_PORT": str(free_port())})
    try:
        local.up()
        yield local
    finally:
        local.make("down")
