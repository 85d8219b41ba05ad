"""The local stack with a scripted Bedrock behind it, so that models fail and stand in as a test says."""

import os
import signal
import threading
import time
from dataclasses import dataclass

import pytest
import requests

from handler.values import Rest
from scripts.local_model.faults import Faults
from scripts.local_model.server import Server
from scripts.places import Place
from scripts.running_stack import Operator

HOUR = 3600


@dataclass
class Models:
    """What a test does with them."""

    url: str
    operator: Operator

    def script(self, *faults: dict) -> None:
        """These from now on; where none fits, every model says the same sentence."""
        requests.delete(f"{self.url}/_faults", timeout=5)
        requests.post(f"{self.url}/_faults", json=[*faults, {"reply": "Hello from far away.", "times": 0}], timeout=5).raise_for_status()

    def switch(self, backend: str) -> None:
        self.operator.store().stack.switch_on(until=int(time.time()) + HOUR, backend=backend)

    def rest(self, model_id: str, seconds: int) -> None:
        now = time.time()
        self.operator.store().stack.rest(model_id, Rest(1, int(now) + seconds, "model_unavailable"), now=now)

    def wake(self) -> None:
        for model_id in self.operator.store().stack.read(now=time.time())[0].rests:
            self.operator.store().stack.wake(model_id)


@pytest.fixture(scope="module")
def scripted(stack):
    """Takes the place of the stack's model; gives it back when the module's tests are over."""
    os.kill(stack.pid("model"), signal.SIGTERM)
    server = _serve(int(stack.env["MODEL_PORT"]))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    operator = Operator(stack.outputs_now, Place.up(f"http://127.0.0.1:{stack.env['PORT']}"))
    yield Models(f"http://127.0.0.1:{server.server_port}", operator)
    server.shutdown()
    server.server_close()
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


def _serve(port: int) -> Server:
    """Once the process that has the port is gone."""
    for _ in range(100):
        try:
            return Server(port, lambda: None, Faults(enabled=True))
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"port {port} stays taken")
