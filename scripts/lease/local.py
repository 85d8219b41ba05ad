"""A worker as a process on this machine, for a stack in the emulator."""

import json
import os
import time
from pathlib import Path

from scripts.console.progress import Failure, Steps
from scripts.lease import presence, test_job
from scripts.local import daemons, services
from scripts.stack.connection import DeployedStack
from scripts.terraform.driver import TerraformStack
from scripts.workspace import paths
from scripts.workspace.subprocesses import log_path
from scripts.workspace.target import StackTarget, write_privately

WORKER = "local-1"
READY_SECONDS = 600  # a large model on a slow disk


def remember_model(source: Path | str | None) -> None:
    """The model that `make up` was given, by its file or its server, so that a worker gets the
    same; None for the embedded one."""
    if isinstance(source, str):
        given = {
            name: os.environ[name] for name in ("MODEL_KEY", "MODEL_NAME") if os.environ.get(name)
        }
        told = {"MODEL_URL": source} | given
    else:
        told = {"MODEL_FILE": str(source or services.embedded_model())}
    write_privately(paths.MODEL, json.dumps(told))


def switch_on(deployed: DeployedStack, *, hours: int) -> None:
    """Starts the worker and waits until it has answered a job. One that runs already is kept, and
    gets these hours anew. Raises Failure."""
    has_queue = bool(deployed.outputs.get("worker_queue_url"))
    target, steps = deployed.target, Steps(2 if has_queue else 3)
    name, until = _name(target), int(time.time() + hours * 3600)
    if not has_queue:
        with steps.step("Making the worker's queue, which takes the provider a minute"):
            _make_queue(deployed, steps)
    env = _environment(deployed, until)
    command = [str(paths.PYTHON), "-m", "scripts.worker"]
    mark = services.fingerprint(
        command, env | {"UNTIL": ""}, services.sources("scripts.worker.__main__")
    )
    runs = _runs(deployed, name, mark)
    _lease(name).parent.mkdir(parents=True, exist_ok=True)
    _lease(name).write_text(str(until))
    if runs:
        steps.say(f"The worker {WORKER} runs already; its lease was prolonged.")
    else:
        daemons.stop(name)
        presence.forget(deployed.table(), WORKER)
        daemons.start(name, command, env=env, port=0, fingerprint=mark)
    try:
        with steps.step("Loading the model beside the worker"):
            _wait(deployed, name, steps)
        with steps.step("Having it answer a job"):
            steps.say(f"      {test_job.run(deployed)}")
    except BaseException:
        if not runs:
            stop(target)
        raise


def _make_queue(deployed: DeployedStack, steps: Steps) -> None:
    """By Terraform, and nothing else of the stack is touched. It stays until the next `make up`,
    and costs nothing."""
    stack = TerraformStack(
        deployed.target, command="llm-on BACKEND=worker", say=steps.say, note=steps.note
    )
    told = stack.applied()
    if not told:
        raise Failure(
            f"This machine did not make the stack: run make {'up' if deployed.target.is_up else 'deploy'} here first."
        )
    try:
        stack.init()
        stack.plan(told | {"worker_queue": True}, targets=["module.worker"])
        stack.apply()
    finally:
        stack.drop_plan()
    deployed.outputs.update(stack.outputs())


def stop(target: StackTarget) -> bool:
    """Ends that stack's worker; whether there was one. Replies that it writes end as failed, with
    what there is of them."""
    name = _name(target)
    _lease(name).unlink(missing_ok=True)
    return daemons.stop(name)


def _runs(deployed: DeployedStack, name: str, mark: str) -> bool:
    """Whether it runs with today's configuration, and takes jobs."""
    record = daemons.find(name)
    if not record or record.fingerprint != mark:
        return False
    return any(
        found.id == WORKER and found.alive and found.state != "stopping"
        for found in presence.read(deployed.table(), time.time())
    )


def _wait(deployed: DeployedStack, name: str, steps: Steps) -> None:
    try:
        presence.wait_until_ready(
            deployed.table(),
            WORKER,
            seconds=READY_SECONDS,
            steps=steps,
            running=lambda: bool(daemons.find(name)),
        )
    except Failure as failure:
        raise Failure(f"{failure} Its log is {log_path(name)}.") from failure


def _environment(deployed: DeployedStack, until: int) -> dict[str, str]:
    reached = deployed.target.reached(deployed.outputs["region"])
    try:
        model = json.loads(paths.MODEL.read_text())
    except (FileNotFoundError, ValueError):
        model = {"MODEL_FILE": str(services.embedded_model())}
    return (
        services.clean_environment()
        | model
        | {
            "TABLE_NAME": deployed.outputs["table_name"],
            "QUEUE_URL": deployed.outputs["worker_queue_url"],
            "AWS_REGION": reached["region_name"],
            "AWS_ENDPOINT_URL": reached["endpoint_url"],
            "AWS_ACCESS_KEY_ID": reached["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": reached["aws_secret_access_key"],
            "WORKER_ID": WORKER,
            "UNTIL": str(until),
            "LEASE_FILE": str(_lease(_name(deployed.target))),
        }
    )


def _name(target: StackTarget) -> str:
    return "worker" if target.is_up else f"worker-{target.stack}"


def _lease(name: str) -> Path:
    return paths.RUN / f"{name}.lease"
