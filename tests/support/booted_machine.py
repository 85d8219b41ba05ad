"""A worker's machine as cloud-init makes it, in a folder: the files of the user-data, and stand-ins
for what only AWS and a real machine have."""

import base64
import gzip
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

RUN = "worker.tftest.hcl on_there_is_one_closed_machine"
INSTANCE = "i-0123456789abcdef0"
# Each writes down how it was called. `curl` answers for the metadata service and the model's
# server.

STAND_INS = {
    "aws": "",
    "dnf": "",
    "systemctl": "",
    "shutdown": "",
    "journalctl": "echo 'MemoryError: no room for the model'",
    "pythonX": 'mkdir -p "$3/bin" && cp "$(dirname "$0")/pip" "$3/bin/pip"',
    "pip": "",
    "curl": """case "$*" in
  *api/token*) echo token ;;
  *instance-id*) printf i-0123456789abcdef0 ;;
  *--head*) printf 'HTTP/2 302\\r\\ncontent-length: 7\\r\\n\\r\\nHTTP/2 200\\r\\nContent-Length: 12\\r\\n' ;;
  *--output*) while [ "$1" != --output ]; do shift; done; printf 'Hello, model' >"$2" ;;
esac""",
}


def cloud_config(tested) -> str:
    """What the machine is told, unpacked."""
    (planned,) = (
        found
        for address, found in tested.plans[RUN].items()
        if address.endswith("aws_instance.this")
    )
    return gzip.decompress(base64.b64decode(planned["user_data_base64"])).decode()


@dataclass
class BootedMachine:
    """One machine in `folder`; `calls` are what its stand-ins were called with, in order."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, config: str, **settings: str) -> "BootedMachine":
        """Its files written as cloud-init does, with these settings instead of the plan's."""
        machine = cls(folder)
        for file in json.loads(config.split("\n", 1)[1])["write_files"]:
            path = folder / file["path"].lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file["content"])
        with (machine.home / "settings").open("a") as file:
            file.writelines(f"{name}='{value}'\n" for name, value in settings.items())
        (folder / "bin").mkdir()
        for name, does in STAND_INS.items():
            machine.stand_in(name, does)
        return machine

    @property
    def home(self) -> Path:
        return self.folder / "opt/forever-us"

    def stand_in(self, name: str, does: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>"{self.folder}/calls"\n{does}\n')
        path.chmod(0o755)

    def run(self, script: str, **env: str) -> subprocess.CompletedProcess:
        """Runs a piece of shell there."""
        places = {
            "WORKER_HOME": str(self.home),
            "WORKER_RUN": str(self.folder / "run"),
            "WORKER_MODELS": str(self.folder / "models"),
        }
        quick = {"WORKER_PYTHON": "pythonX", "RETRY_SECONDS": "0", "WATCH_SECONDS": "0.1"}
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        words = ["bash", "-c", script]
        return subprocess.run(
            words,
            env={"PATH": path, **places, **quick, **env},
            capture_output=True,
            text=True,
            timeout=240,
        )

    def boot(self) -> subprocess.CompletedProcess:
        """What cloud-init runs at the first start."""
        return self.run(f"bash {self.home}/boot.sh")

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    def called(self, start: str) -> list[str]:
        return [call for call in self.calls if call.startswith(start)]

    @property
    def presence(self) -> list[dict[str, str]]:
        """The presence items that it wrote, in order."""
        items = [
            json.loads(call.split("--item ", 1)[1]) for call in self.called("aws dynamodb put-item")
        ]
        return [
            {name: next(iter(value.values())) for name, value in item.items()} for item in items
        ]

    @property
    def logged(self) -> list[str]:
        """The lines that it sent to its log group."""
        return [
            json.loads(call.split("--log-events ", 1)[1])[0]["message"]
            for call in self.called("aws logs put-log-events")
        ]
