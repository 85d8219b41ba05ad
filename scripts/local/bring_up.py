"""Steps 4 to 9 of `make up`, with the packages at hand: processes, Terraform, switch, invite."""

import hashlib
import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from scripts.console.progress import Failure, Steps
from scripts.local import daemons, services
from scripts.local.services import Service
from scripts.stack import owner_invite
from scripts.stack.connection import DeployedStack
from scripts.terraform.driver import UP_STAMP, TerraformStack
from scripts.workspace import paths, subprocesses
from scripts.workspace.settings import OwnerSettings
from scripts.workspace.target import LOCAL_STACK, StackTarget

HOURS_ON = 720


def bring_up(steps: Steps, ports: dict[str, int], source: Path | str | None) -> str:
    """The owner's link. What this run started is stopped again unless all succeeds. Raises
    Failure."""
    model = services.model(ports["model"], source or services.embedded_model())
    emulator = services.emulator(ports["emulator"])
    target = StackTarget.up(emulator.url)
    stack = TerraformStack(target, command="up", say=steps.say, note=steps.note)
    started: list[str] = []

    def ensure(service: Service) -> None:
        if not service.running():
            started.append(service.name)
            service.start()

    work: dict[str, Callable[[], None]] = {
        "Packaging the function and the page": _package,
        "Loading the language model": lambda: ensure(model),
        "Starting the AWS emulator": lambda: _start_emulator(emulator, stack, steps, ensure),
        "Preparing Terraform": stack.init,
    }
    try:
        steps.together(work, give_up=subprocesses.stop_all)
        paths.SETTINGS.write_text(json.dumps(ports))
        with steps.step("Applying the stack"):
            _apply(stack, _variables(stack))
        with steps.step("Switching the model on, inviting you"):
            return _invite(DeployedStack(stack.outputs(), target))
    except BaseException:
        # A second Ctrl-C must not leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        subprocesses.stop_all()
        for name in started:
            daemons.stop(name)
        raise


def _start_emulator(
    emulator: Service, stack: TerraformStack, steps: Steps, ensure: Callable[[Service], None]
) -> None:
    """Where the last one ended in order; after a crash it starts empty, and Terraform with it."""
    if emulator.running():
        return
    daemons.stop(emulator.name)
    if not services.has_snapshot():
        if stack.target.state.exists():
            lost = "it starts empty, without earlier conversations and invites"
            steps.detail(f"The emulator did not end in order: {lost}.")
        services.drop_snapshot(with_files=True)
        stack.forget()
    ensure(emulator)
    services.drop_snapshot(with_files=False)


def _package() -> None:
    if subprocesses.run([paths.PYTHON, "-m", "scripts", "package"], log="package"):
        log = subprocesses.log_path("package")
        raise Failure(f"The function or the page could not be packaged; the reason is in {log}.")


def _variables(stack: TerraformStack) -> dict:
    """What Terraform is to make: a worker's queue stays, which took the provider a minute."""
    variables = OwnerSettings(LOCAL_STACK).for_terraform(stack.target.emulator)
    has_queue = stack.target.state.exists() and stack.applied().get("worker_queue")
    return variables | ({"worker_queue": True} if has_queue else {})


def _apply(stack: TerraformStack, variables: dict) -> None:
    """Makes the stack what the configuration says. Left alone when that and what was built are what
    they were: planning alone takes Terraform ten seconds, and nothing else changes the emulator."""
    stamp = stack.target.folder / UP_STAMP
    digest = stack.digest(json.dumps(variables), *_contents(paths.BUILD))
    if stamp.exists() and stamp.read_text() == digest:
        return
    done = threading.Event()
    threading.Thread(target=_watch_emulator, args=[done], daemon=True).start()
    try:
        stack.apply(variables)
        stamp.write_text(digest)
    except Failure as failure:
        if daemons.find("emulator"):
            raise
        again = f"run make up again; its log is {subprocesses.log_path('emulator')}"
        sentence = f"The AWS emulator ended while it was being set up: {again}."
        raise Failure(sentence) from failure
    finally:
        done.set()


def _contents(folder: Path) -> list[str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [f"{file} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]


def _watch_emulator(done: threading.Event) -> None:
    """Ends Terraform when the emulator is gone: by itself it would try again for more than a
    minute."""
    while not done.wait(1):
        if not daemons.find("emulator"):
            subprocesses.stop_all()
            return


def _invite(deployed: DeployedStack) -> str:
    """The owner's link, with the model on: at home it costs nothing."""
    deployed.store().switch.switch_on(until=int(time.time()) + HOURS_ON * 3600)
    return deployed.link(owner_invite.token(deployed))
