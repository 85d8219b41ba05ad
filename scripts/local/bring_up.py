"""Steps 4 to 9 of `make up`, with the packages at hand: processes, Terraform, switch and invite."""

import hashlib
import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from scripts.console.progress import Failure, Steps
from scripts.local import daemons, services
from scripts.stack import owner_invite
from scripts.stack.connection import DeployedStack
from scripts.terraform.driver import UP_STAMP, TerraformStack
from scripts.workspace import paths, subprocesses
from scripts.workspace.target import LOCAL_STACK, StackTarget

HOURS_ON = 720


def bring_up(steps: Steps, ports: dict[str, int], source: Path | str | None) -> str:
    """The owner's link. What this run started is stopped again unless all succeeds. Raises Failure."""
    model = services.model(ports["model"], source or services.embedded_model())
    emulator = services.emulator(ports["emulator"])
    stack = TerraformStack(
        StackTarget.up(emulator.url), command="up", say=steps.say, note=steps.note
    )
    begun = []

    def ensure(service: services.Service) -> None:
        if not service.running():
            begun.append(service.name)
            service.start()

    try:
        work = {
            "Packaging the function and the page": _package,
            "Loading the language model": lambda: ensure(model),
            "Starting the AWS emulator": lambda: _emulate(emulator, stack, steps, ensure),
            "Preparing Terraform": stack.init,
        }
        steps.together(work, give_up=subprocesses.stop_all)
        paths.SETTINGS.write_text(json.dumps(ports))
        with steps.step("Applying the stack"):
            _apply(stack, _variables(emulator.url, model.url))
        with steps.step("Switching the model on, inviting you"):
            link = _invite(DeployedStack(stack.outputs(), stack.target))
    except BaseException:
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # a second Ctrl-C must not leave half of it running
        subprocesses.stop_all()
        for name in begun:
            daemons.stop(name)
        raise
    return link


def _emulate(
    emulator: services.Service, stack: TerraformStack, steps: Steps, ensure: Callable
) -> None:
    """Starts the emulator where the last one ended in order; after a crash it starts empty, and
    Terraform with it."""
    if emulator.running():
        return
    daemons.stop(emulator.name)
    if not services.has_snapshot():
        if stack.target.state.exists():
            steps.say(
                "      The emulator did not end in order: it starts empty, without earlier conversations and invites."
            )
        services.drop_snapshot(with_files=True)
        stack.forget()
    ensure(emulator)
    services.drop_snapshot(with_files=False)


def _package() -> None:
    if subprocesses.run([paths.PYTHON, "-m", "scripts", "package"], log="package"):
        raise Failure(
            f"The function or the page could not be packaged; the reason is in {subprocesses.log_path('package')}."
        )


def _apply(stack: TerraformStack, variables: dict) -> None:
    """Makes the stack what the configuration says. Left alone when that and what was built are what
    they were: planning alone takes Terraform ten seconds, and nobody else changes the emulator."""
    stamp, digest = (
        stack.target.folder / UP_STAMP,
        stack.digest(json.dumps(variables), *_contents(paths.BUILD)),
    )
    if stamp.exists() and stamp.read_text() == digest:
        return
    done = threading.Event()
    threading.Thread(target=_watch_emulator, args=[done], daemon=True).start()
    try:
        stack.plan(variables)
        stack.apply()
        stamp.write_text(digest)
    except Failure as failure:
        if daemons.find("emulator"):
            raise
        log = subprocesses.log_path("emulator")
        raise Failure(
            f"The AWS emulator ended while it was being set up: run make up again; its log is {log}."
        ) from failure
    finally:
        done.set()
        stack.drop_plan()


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


def _variables(url: str, bedrock_url: str) -> dict:
    return {
        "stack": LOCAL_STACK,
        "handler_zip": str(paths.BUILD / "handler.zip"),
        "site_dir": str(paths.BUILD / "site"),
        "emulator": {"url": url, "bedrock_url": bedrock_url},
    }


def _invite(deployed: DeployedStack) -> str:
    """The owner's link, with the model on: at home it costs nothing."""
    deployed.store().switch.switch_on(until=int(time.time()) + HOURS_ON * 3600)
    return deployed.link(owner_invite.token(deployed))
