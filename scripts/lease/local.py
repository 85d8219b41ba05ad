"""A worker as a process on this machine, for a stack in the emulator."""

import json
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
    """The model of `make up`, by its file or its server's address, so that a worker gets the same;
    None for the embedded one."""
    if isinstance(source, str):
        model = {"MODEL_URL": source} | services.given_model()
    else:
        model = {"MODEL_FILE": str(source or services.embedded_model())}
    write_privately(paths.MODEL, json.dumps(model))


def switch_on(deployed: DeployedStack, *, hours: int) -> None:
    """Starts the worker and waits until it has answered a job. One that runs already is kept, and
    its lease is prolonged to these hours from now. Raises Failure."""
    has_queue = bool(deployed.outputs.get("worker_queue_url"))
    target, steps = deployed.target, Steps(2 if has_queue else 3)
    name, until = _name(target), int(time.time() + hours * 3600)
    if not has_queue:
        with steps.step("Making the worker's queue, which takes the provider a minute"):
            _make_queue(deployed, steps)
    env = _environment(deployed, until)
    command = [str(paths.PYTHON), "-m", "scripts.worker"]
    sources = services.sources("scripts.worker.__main__")
    mark = services.fingerprint(command, env | {"UNTIL": ""}, sources)
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
            steps.detail(test_job.run(deployed))
    except BaseException:
        if not runs:
            stop(target)
        raise


def stop(target: StackTarget) -> bool:
    """Ends that stack's worker; whether there was one. Replies that it writes end as failed, and
    keep what was written."""
    name = _name(target)
    _lease(name).unlink(missing_ok=True)
    return daemons.stop(name)


def _make_queue(deployed: DeployedStack, steps: Steps) -> None:
    """By Terraform, which touches nothing else of the stack. It stays, and costs nothing."""
    target = deployed.target
    stack = TerraformStack(target, command="llm-on BACKEND=worker", say=steps.say, note=steps.note)
    if not (variables := stack.applied()):
        again = f"run make {'up' if target.is_up else 'deploy'} here first"
        raise Failure(f"This machine did not make the stack: {again}.")
    stack.init()
    stack.apply(variables | {"worker_queue": True}, targets=["module.worker"])
    deployed.outputs.update(stack.outputs())


def _runs(deployed: DeployedStack, name: str, mark: str) -> bool:
    """Whether it runs with today's configuration, and takes jobs."""
    record = daemons.find(name)
    if not record or record.fingerprint != mark:
        return False
    workers = presence.read(deployed.table(), time.time())
    return any(one.id == WORKER and one.alive and one.state != "stopping" for one in workers)


def _wait(deployed: DeployedStack, name: str, steps: Steps) -> None:
    def running() -> bool:
        return daemons.find(name) is not None

    table = deployed.table()
    try:
        presence.wait_until_ready(
            table, WORKER, seconds=READY_SECONDS, steps=steps, running=running
        )
    except Failure as failure:
        raise Failure(f"{failure} Its log is {log_path(name)}.") from failure


def _environment(deployed: DeployedStack, until: int) -> dict[str, str]:
    outputs = deployed.outputs
    reached = deployed.target.reached(outputs["region"])
    try:
        model = json.loads(paths.MODEL.read_text())
    except (FileNotFoundError, ValueError):
        model = {"MODEL_FILE": str(services.embedded_model())}
    return {
        **services.clean_environment(),
        **model,
        "TABLE_NAME": outputs["table_name"],
        "QUEUE_URL": outputs["worker_queue_url"],
        "AWS_REGION": reached["region_name"],
        "AWS_ENDPOINT_URL": reached["endpoint_url"],
        "AWS_ACCESS_KEY_ID": reached["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": reached["aws_secret_access_key"],
        "WORKER_ID": WORKER,
        "UNTIL": str(until),
        "LEASE_FILE": str(_lease(_name(deployed.target))),
    }


def _name(target: StackTarget) -> str:
    return "worker" if target.is_up else f"worker-{target.stack}"


def _lease(name: str) -> Path:
    return paths.RUN / f"{name}.lease"
