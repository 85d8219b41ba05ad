"""`scripts/worker/__main__.py` as a process."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.support.queue import Post

ROOT = Path(__file__).parents[2]


class WorkerProcess:
    """One worker over an emulator; `more` is what its environment says besides."""

    def __init__(self, post: Post, folder: Path, worker: str = "local-1", **more: object):
        self.post, self.worker = post, worker
        self.log = folder / f"{worker}-{time.monotonic_ns()}.log"
        own = {
            "TABLE_NAME": post.table.name,
            "QUEUE_URL": post.url,
            "WORKER_ID": worker,
            "AWS_ENDPOINT_URL": post.sqs.meta.endpoint_url,
            "UNTIL": int(time.time() + 600),
        }
        env = os.environ | {name: str(value) for name, value in (own | more).items()}
        with self.log.open("w") as log:
            command = [sys.executable, "-m", "scripts.worker"]
            self._process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)

    def __enter__(self) -> "WorkerProcess":
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    def kill(self) -> None:
        """As a machine that loses its power."""
        self._process.kill()
        self._process.wait()

    def tell(self) -> None:
        """SIGTERM, as systemd and `make llm-off` end it."""
        self._process.send_signal(signal.SIGTERM)

    def ends(self, seconds: float = 20) -> int:
        """Its exit code."""
        return self._process.wait(seconds)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def is_(self, state: str, *, seconds: float = 60) -> dict:
        """Its presence as soon as it is in that state."""
        until = time.monotonic() + seconds
        while (shown := self.post.workers().get(self.worker, {})).get("state") != state:
            assert time.monotonic() < until, f"not {state} but {shown}:\n{self.log.read_text()}"
            assert self.running or state in ("ended", "failed"), f"it ended: {self.log.read_text()}"
            time.sleep(0.02)
        return shown

    def logged(self, event: str) -> list[dict]:
        """The lines of its log about that."""
        lines = [
            json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")
        ]
        return [line for line in lines if line["event"] == event]
