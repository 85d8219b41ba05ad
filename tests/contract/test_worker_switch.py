"""`make llm-on BACKEND=worker` and what goes with it, as an owner has it at home: the real worker
with the real embedded model."""

import json
import re
import time

import pytest

from scripts import __main__
from scripts.commands import model
from scripts.console.progress import Failure, Steps
from scripts.lease import presence
from scripts.local import daemons
from scripts.stack.connection import DeployedStack
from scripts.workspace import paths
from scripts.workspace.target import StackTarget
from tests.support.fake_openai import Script
from tests.support.waiting import until


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A `.local` of the test's own; its workers end with it."""
    for name, path in {
        "LOCAL": ".local",
        "LOG": ".local/log",
        "RUN": ".local/run",
        "MODEL": ".local/model.json",
    }.items():
        monkeypatch.setattr(paths, name, tmp_path / path)
    paths.RUN.mkdir(parents=True)
    yield tmp_path
    for name in daemons.names("worker"):
        daemons.stop(name)


@pytest.fixture
def deployed(folder, queue, bare_aws, monkeypatch):
    """A stack in the emulator, and the commands that act on it."""
    # A command ends at a closed pipe; the tests, which have sockets of their own, must not.
    monkeypatch.setattr(__main__.signal, "signal", lambda *_: None)
    outputs = {
        "table_name": queue.table.name,
        "worker_queue_url": queue.url,
        "region": "us-east-1",
        "site_url": "http://page",
    }
    limits = {"monthly_limit_usd": 5, "daily_limit_usd": 1}
    found = DeployedStack(
        outputs | limits, StackTarget("forever-us-local", "local", folder, bare_aws)
    )
    monkeypatch.setattr(DeployedStack, "of", lambda *_: found)
    return found


@pytest.fixture
def run(deployed, capfd):
    """Runs one command; its exit code, stdout and stderr."""

    def command(*words: str) -> tuple[int, str, str]:
        code = __main__.run(words[0], [*words[1:], "--env", "local"])
        return code, *capfd.readouterr()

    return command


def switch(deployed):
    return deployed.store().switch.read(now=time.time())[0]


def test_the_worker_is_switched_on_prolonged_shown_and_switched_off(deployed, queue, run):
    began = time.monotonic()
    code, _, said = run("llm-on", "2", "--backend", "worker")
    assert code == 0, said
    on = f"{said}on after {time.monotonic() - began:.1f} s"
    assert "its first word came after" in said
    assert (switch(deployed).backend, switch(deployed).on(time.time())) == ("worker", True)

    idle = "its presence says that it has ended the small job"
    until(lambda: queue.workers()["local-1"]["busy"] == 0, idle)
    _, status, _ = run("status")
    assert "(worker)" in status.splitlines()[0]
    (line,) = [line for line in status.splitlines() if line.startswith("worker")]
    assert line.startswith("worker  local-1 ready, 0 of 2 busy, lease until ")
    assert line.endswith(".gguf")

    pid = daemons.find("worker").pid
    lease_end = int(queue.workers()["local-1"]["until"])
    code, _, said = run("llm-on", "5", "--backend", "worker")
    assert code == 0
    assert "The worker local-1 runs already; its lease was prolonged." in said
    assert daemons.find("worker").pid == pid
    until(
        lambda: int(queue.workers()["local-1"]["until"]) > lease_end + 2 * 3600,
        "its presence has the longer lease",
    )

    code, _, said = run("llm-off")
    assert said == "The model is off.\nThe worker has ended.\n"
    assert not daemons.find("worker")
    assert not switch(deployed).on(time.time())
    _, status, _ = run("status")
    assert "worker  local-1 ended: The worker was told to end." in status
    print(on)


def test_bedrock_takes_over_and_the_worker_ends(deployed, run, model_server):
    paths.MODEL.write_text(json.dumps({"MODEL_URL": model_server.url, "MODEL_NAME": "mistral"}))
    model_server.script = Script()
    assert run("llm-on", "--backend", "worker")[0] == 0
    assert model_server.jobs[0]["model"] == "mistral"
    code, _, told = run("llm-on", "--backend", "bedrock")
    assert code == 0
    assert "The worker has ended." in told
    assert switch(deployed).backend == "bedrock"
    assert not daemons.find("worker")


def test_a_worker_that_cannot_load_its_model_leaves_the_switch_as_it_was(deployed, folder, run):
    broken = folder / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(400))
    paths.MODEL.write_text(json.dumps({"MODEL_FILE": str(broken)}))
    code, _, told = run("llm-on", "--backend", "worker")
    assert code == 1
    assert "The worker local-1 failed: The model" in told
    assert "broken.gguf cannot be loaded" in told
    assert str(paths.LOG / "worker.log") in told
    assert not switch(deployed).on(time.time())
    assert not daemons.find("worker")
    _, status, _ = run("status")
    assert "worker  local-1 failed: The model" in status


def test_a_worker_that_loads_but_does_not_answer_is_not_said_to_be_ready(
    deployed, model_server, run
):
    model_server.script = Script(words=[])
    paths.MODEL.write_text(json.dumps({"MODEL_URL": model_server.url}))
    code, _, told = run("llm-on", "--backend", "worker")
    assert (code, switch(deployed).on(time.time())) == (1, False)
    assert "The worker's answer to a small job was empty." in told
    assert not daemons.find("worker")


def test_a_stack_that_another_machine_made_says_what_to_do(deployed, run):
    deployed.outputs.pop("worker_queue_url")
    code, _, told = run("llm-on", "--backend", "worker")
    assert code == 1
    assert told.endswith("This machine did not make the stack: run make up here first.\n")


def test_status_says_when_the_switch_waits_for_a_worker_that_is_gone(deployed, start_worker, run):
    deployed.store().switch.switch_on(until=int(time.time()) + 3600, backend="worker")
    worker = start_worker()
    worker.kill()
    item = deployed.table().get_item(Key={"pk": presence.PARTITION, "sk": "local-1"})["Item"]
    deployed.table().put_item(Item=item | {"beat": int(time.time()) - 40})
    _, status, _ = run("status")
    assert re.search(r"worker  local-1 fell silent \d{2,3} s ago, when it was ready\n", status)
    assert "worker  none is alive: make llm-on ENV=local BACKEND=worker starts one" in status


# Presence, as one waits for it.


def shown(deployed, state: str, **more) -> None:
    """A worker as it shows itself."""
    now = int(time.time())
    item = {
        "state": state,
        "beat": now,
        "busy": 0,
        "slots": 2,
        "model": "m.gguf",
        "until": now + 60,
        "ttl": now + 3600,
    }
    deployed.table().put_item(Item={"pk": presence.PARTITION, "sk": "i-1", **item, **more})


def wait_for(deployed, *, seconds: float = 120, running=lambda: True):
    return presence.wait_until_ready(
        deployed.table(), "i-1", seconds=seconds, steps=Steps(1), running=running
    )


def test_waiting_tells_what_it_waits_for(deployed, capfd, monkeypatch):
    monkeypatch.setattr(presence, "SAY_SECONDS", 0)
    monkeypatch.setattr(presence, "REPEAT_SECONDS", 0)
    story = [("booting", {}), ("downloading", {"percent": 40}), ("loading", {}), ("ready", {})]
    monkeypatch.setattr(
        presence.time, "sleep", lambda _: shown(deployed, story[0][0], **story.pop(0)[1])
    )
    assert wait_for(deployed).state == "ready"
    lines = [line.strip() for line in capfd.readouterr().err.splitlines()]
    assert [re.sub(r" \(\d+ s\)$", "", line) for line in lines] == [
        "starting",
        "booting",
        "downloading 40 %",
        "loading",
    ]


def test_waiting_ends_with_the_workers_own_reason(deployed):
    shown(deployed, "failed", detail="The disk is full.")
    with pytest.raises(Failure, match=r"The worker i-1 failed: The disk is full\."):
        wait_for(deployed)


def test_a_worker_that_shows_nothing_is_given_up(deployed):
    with pytest.raises(Failure, match="was not ready within 1 s; it was never heard of"):
        wait_for(deployed, seconds=1)


def test_the_presence_of_an_earlier_worker_does_not_count(deployed, run, model_server):
    paths.MODEL.write_text(json.dumps({"MODEL_URL": model_server.url}))
    for _ in range(2):
        assert run("llm-on", "--backend", "worker")[0] == 0
        assert run("llm-off")[0] == 0


def test_waiting_for_a_process_that_is_gone_ends_at_once(deployed):
    with pytest.raises(Failure, match="ended as it started"):
        wait_for(deployed, running=lambda: False)


def test_on_aws_the_switch_leases_and_ends_an_instance(deployed, monkeypatch):
    called = []
    monkeypatch.setattr(model.ec2, "switch_on", lambda *_, **how: called.append(how))
    monkeypatch.setattr(model.ec2, "switch_off", lambda *_: called.append("off"))
    monkeypatch.setattr(
        deployed,
        "target",
        StackTarget("forever-us", "aws", deployed.target.folder, deployed.target.endpoint),
    )
    monkeypatch.setattr(
        StackTarget,
        "reached",
        lambda self, region: {"region_name": region, "endpoint_url": self.endpoint},
    )
    options = ["3", "--backend", "worker", "--instance", "g5.xlarge", "--spot"]
    assert __main__.run("llm-on", options) == __main__.run("llm-off", []) == 0
    assert called == [{"hours": 3, "instance": "g5.xlarge", "spot": True}, "off"]
    assert model.INSTANCE == "c8g.xlarge"
