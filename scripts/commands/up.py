"""Brings the whole stack up on this machine and prints a link to chat. Run again, it applies what
has changed."""

import argparse
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.console.arguments import Argument
from scripts.console.progress import Failure, Steps
from scripts.local.ports import VARIABLES, problem
from scripts.terraform import cli
from scripts.workspace import checks, install, paths, subprocesses
from scripts.workspace.target import StackTarget

STEPS = 9
PORTS = {"emulator": 4566, "model": 8091}
CHOSEN = (
    Argument("port", "the emulator's port (default: where it ran last, or 4566)"),
    Argument("model-port", "the model's port (default: where it ran last, or 8091)"),
    Argument("model", "a GGUF file instead of the embedded model"),
    Argument("model-url", "an OpenAI-compatible server instead of it"),
)
# What the first process of a run hands over to the second.
STEPS_DONE = Argument("steps-done", argparse.SUPPRESS, int, "0")
BEGUN_AT = Argument("begun-at", argparse.SUPPRESS, float, "0")
ARGUMENTS = {"up": (*CHOSEN, STEPS_DONE, BEGUN_AT)}
TINY = (
    "      The built-in model is tiny and often wrong; a better one: make up MODEL=file.gguf "
    "or MODEL_URL=http://…"
)


def run(options: argparse.Namespace) -> None:
    """The first three steps install the packages; the others need them, and run in a second
    process, in `.venv`. Raises Failure."""
    # The variables, which both processes and the model's own read.
    given = vars(options)
    chosen = {one.variable: given[one.variable.lower()] for one in CHOSEN}
    os.environ.update({name: value for name, value in chosen.items() if value})
    steps = Steps(STEPS, options.steps_done)
    started = options.begun_at or time.time()
    with _alone():
        if options.steps_done:
            _finish(steps, started)
            return
        _prepare(steps)
    handed = ["--steps-done", str(steps.number), "--begun-at", str(started)]
    os.execv(paths.PYTHON, [str(paths.PYTHON), "-m", "scripts", "up", *handed])


def _prepare(steps: Steps) -> None:
    """Steps 1 to 3: this machine's tools, then the packages."""
    with steps.step("Checking this machine"):
        checks.machine(cli.binary(), *(problem(port, name) for name, port in _ports().items()))
        _source()
    work: dict[str, Callable[[], None]] = {
        "Installing Python packages": _python_packages,
        "Installing the page's packages": install.site,
    }
    steps.together(work, give_up=subprocesses.stop_all)


def _finish(steps: Steps, started: float) -> None:
    """Steps 4 to 9, and the link."""
    from scripts.lease import local  # these import what .venv holds
    from scripts.local import bring_up

    source = _source()
    link = bring_up.bring_up(steps, _ports(), source)
    local.remember_model(source)
    # A worker that an earlier run left is not needed for the model of this one.
    local.stop(StackTarget.up())
    if not source:
        steps.say(TINY)
    seconds = time.time() - started
    steps.say(f"Ready after {seconds:.0f} s. Open this link (stop everything with: make down):")
    print(link, flush=True)


def _python_packages() -> None:
    install.python()
    if not _source():
        install.model()


def _ports() -> dict[str, int]:
    """Each service's port: from the environment, else where it ran last time."""
    try:
        last = json.loads(paths.SETTINGS.read_text())
    except (FileNotFoundError, ValueError):
        last = {}
    ports = {
        name: checks.number(VARIABLES[name], last.get(name, default))
        for name, default in PORTS.items()
    }
    if len(set(ports.values())) < len(ports):
        raise Failure("PORT and MODEL_PORT are the same: give two different ports.")
    return ports


def _source() -> Path | str | None:
    """The model that MODEL or MODEL_URL names, checked."""
    file, url = os.environ.get("MODEL"), os.environ.get("MODEL_URL")
    if file and url:
        raise Failure("MODEL and MODEL_URL are both set: give one of them.")
    if url:
        from scripts.local.services import check_model_url  # slow to import

        check_model_url(url)
    return checks.model_file(file) if file else url


@contextmanager
def _alone() -> Iterator[None]:
    """One `make up` at a time."""
    paths.LOCAL.mkdir(mode=0o700, exist_ok=True)
    with (paths.LOCAL / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failure(
                "Another make up is running in this folder: wait for it, or stop it."
            ) from error
        yield
