"""`python -m scripts.worker` as a process over a queue and a table of the test's own, with a model
that the test writes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from tests.support.emulator import bare_emulator
from tests.support.fake_openai import FakeOpenAi
from tests.support.planned_table import make_table
from tests.support.queue import JobQueue
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


class WorkerProcess:
    """One worker over an emulator; `more` is what its environment says besides."""

    def __init__(self, queue: JobQueue, folder: Path, worker: str = "local-1", **more: object):
        self.queue = queue
        self.worker = worker
        self.log = folder / f"{worker}-{time.monotonic_ns()}.log"
        own = {
            "TABLE_NAME": queue.table.name,
            "QUEUE_URL": queue.url,
            "WORKER_ID": worker,
            "AWS_ENDPOINT_URL": queue.sqs.meta.endpoint_url,
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

    def terminate(self) -> None:
        """SIGTERM, as systemd and `make llm-off` end it."""
        self._process.send_signal(signal.SIGTERM)

    def exit_code(self, seconds: float = 240) -> int:
        """Waits for its end."""
        return self._process.wait(seconds)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def reaches(self, state: str, *, seconds: float = 120) -> dict:
        """Its presence as soon as it is in that state."""

        def shown() -> dict:
            return self.queue.workers().get(self.worker, {})

        def ended() -> str:
            gone = not self.running and state not in ("ended", "failed")
            return f"it ended: {self.log.read_text()}" if gone else ""

        return until(
            lambda: (found := shown()).get("state") == state and found,
            lambda: f"{self.worker} is {state}, not {shown()}:\n{self.log.read_text()}",
            seconds,
            failed=ended,
        )

    def logged(self, event: str) -> list[dict]:
        """The lines of its log about that."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in map(json.loads, lines) if line["event"] == event]


@pytest.fixture(scope="session")
def bare_aws():
    """The address of an emulator without a stack."""
    with bare_emulator() as url:
        yield url


@pytest.fixture
def queue(bare_aws, table_plan) -> JobQueue:
    table = make_table(boto3.resource("dynamodb", endpoint_url=bare_aws), table_plan)
    return JobQueue.new(boto3.client("sqs", endpoint_url=bare_aws), table)


@pytest.fixture
def model_server():
    """A model server whose words the test writes."""
    with FakeOpenAi() as server:
        yield server


@pytest.fixture
def start_worker(queue, model_server, tmp_path):
    """Starts workers that end with the test, ready before it goes on."""
    started = []

    def start(worker: str = "local-1", *, ready: bool = True, **more: object) -> WorkerProcess:
        model = {} if "MODEL_FILE" in more else {"MODEL_URL": model_server.url}
        started.append(WorkerProcess(queue, tmp_path, worker, **model | more))
        if ready:
            started[-1].reaches("ready")
        return started[-1]

    yield start
    for process in started:
        process.kill()
