"""Steps 4 to 9 of `make up`, with the packages at hand: processes, Terraform, switch and invite."""

import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from scripts import commands, layout, processes, services, smoke, terraform
from scripts.progress import Failure, Steps
from scripts.running_stack import Operator

STACK, OWNER = "forever-us-local", "owner"
OWNER_DAYS, OWNER_DAILY, HOURS_ON = 365, 1000, 720


def bring_up(steps: Steps, ports: dict[str, int], source: Path | str | None) -> str:
    """The owner's link. What this run started is stopped again unless all succeeds. Raises Failure."""
    model = services.model(ports["model"], source or services.embedded_model())
    emulator = services.emulator(ports["emulator"])
    stack = terraform.Stack("local", endpoint=emulator.url, say=steps.say)
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
        steps.together(work, give_up=commands.stop_all)
        layout.SETTINGS.write_text(json.dumps(ports))
        with steps.step("Applying the stack"):
            _apply(stack, _variables(emulator.url, model.url))
        with steps.step("Switching the model on, inviting you"):
            link = _invite(stack.outputs(), emulator.url)
    except BaseException:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        commands.stop_all()
        for name in begun:
            processes.stop(name)
        raise
    return link


def _emulate(emulator: services.Service, stack: terraform.Stack, steps: Steps, ensure: Callable) -> None:
    """Starts the emulator where the last one ended in order; after a crash it starts empty, and Terraform with it."""
    if emulator.running():
        return
    processes.stop(emulator.name)
    if not services.has_snapshot():
        if stack.state.exists():
            steps.say("      The emulator did not end in order: it starts empty, without earlier conversations and invites.")
        services.drop_snapshot(with_files=True)
        stack.forget()
    ensure(emulator)
    services.drop_snapshot(with_files=False)


def _package() -> None:
    if commands.run([layout.PYTHON, "-m", "scripts.package"], log="package"):
        raise Failure(f"The function or the page could not be packaged; the reason is in {commands.log_path('package')}.")


def _apply(stack: terraform.Stack, variables: dict) -> None:
    done = threading.Event()
    threading.Thread(target=_watch_emulator, args=[done], daemon=True).start()
    try:
        stack.apply(variables, built=(layout.BUILD,))
    except Failure as failure:
        if processes.find("emulator"):
            raise
        log = commands.log_path("emulator")
        raise Failure(f"The AWS emulator ended while it was being set up: run make up again; its log is {log}.") from failure
    finally:
        done.set()


def _watch_emulator(done: threading.Event) -> None:
    """Ends Terraform when the emulator is gone: by itself it would try again for more than a minute."""
    while not done.wait(1):
        if not processes.find("emulator"):
            commands.stop_all()
            return


def _variables(url: str, bedrock_url: str) -> dict:
    return {
        "stack": STACK,
        "handler_zip": str(layout.BUILD / "handler.zip"),
        "site_dir": str(layout.BUILD / "site"),
        "emulator": {"url": url, "bedrock_url": bedrock_url},
    }


def _invite(outputs: dict, endpoint: str) -> str:
    """The owner's link: the one from last time while it opens the door, else a new one."""
    operator = Operator(outputs, endpoint)
    store = operator.store()
    store.stack.switch_on(until=int(time.time()) + HOURS_ON * 3600)
    token = layout.OWNER.read_text().strip() if layout.OWNER.exists() else ""
    if not (token and smoke.me(outputs["api_url"], token)):
        store.guests.revoke(name=OWNER)
        token = operator.mint(OWNER, days=OWNER_DAYS, daily=OWNER_DAILY)
        layout.OWNER.touch(mode=0o600)
        layout.OWNER.write_text(token)
        if not smoke.me(outputs["api_url"], token):
            raise Failure("The stack does not accept the invite it was just given: run make down, then make up.")
    return operator.link(token)
