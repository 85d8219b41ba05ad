"""The local stack with a scripted Bedrock behind it, so that models fail and stand in as a test
says."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from handler.values import Cooldown
from scripts.stack.connection import DeployedStack
from tests.support.local_stack import answers
from tests.support.waiting import until

HOUR = 3600
ROOT = Path(__file__).parents[2]


@dataclass
class ScriptedModels:
    """What a test does with them."""

    url: str
    deployed: DeployedStack

    def script(self, *faults: dict) -> None:
        """These from now on; where none fits, every model says the same sentence."""
        requests.delete(f"{self.url}/_faults", timeout=120)
        requests.post(
            f"{self.url}/_faults",
            json=[*faults, {"reply": "Hello from far away.", "times": 0}],
            timeout=120,
        ).raise_for_status()

    def go_on(self) -> None:
        """Lets the replies go on that have stopped at `hold_after`."""
        requests.delete(f"{self.url}/_held", timeout=120)

    def switch(self, backend: str) -> None:
        self.deployed.store().switch.switch_on(until=int(time.time()) + HOUR, backend=backend)

    def rest(self, model_id: str, seconds: int) -> None:
        now = time.time()
        self.deployed.store().switch.start(
            model_id, Cooldown(1, int(now) + seconds, "model_unavailable"), now=now
        )

    def tire(self, model_id: str) -> None:
        """Its next failure is one of many, so that it rests for minutes."""
        self.deployed.store().switch.start(
            model_id, Cooldown(5, 0, "model_unavailable"), now=time.time()
        )

    def wake(self) -> None:
        for model_id in self.deployed.store().switch.read(now=time.time())[0].cooldowns:
            self.deployed.store().switch.clear(model_id)


@pytest.fixture(scope="module")
def scripted(stack):
    """Takes the place of the stack's model; gives it back when the module's tests are over."""
    port = int(stack.env["MODEL_PORT"])
    os.kill(stack.pid("model"), signal.SIGTERM)
    until(lambda: not answers(port), "the stack's own model has ended")
    command = [sys.executable, "-m", "tests.support.scripted_bedrock", "--port", str(port)]
    runtime = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.DEVNULL
    )  # its own process: when it ends, so do its connections
    try:
        until(lambda: answers(port), "the scripted model answers")
        yield ScriptedModels(f"http://127.0.0.1:{port}", stack.deployed)
    finally:
        runtime.terminate()
        runtime.wait(120)
        stack.up()


@pytest.fixture
def models(scripted):
    """All models awake, the switch on Bedrock, before and after."""
    scripted.script()
    scripted.switch("bedrock")
    scripted.wake()
    yield scripted
    scripted.wake()
    scripted.switch("bedrock")
