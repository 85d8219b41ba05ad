"""Brings the whole stack up on this machine and prints a link to chat. Run again, it applies what
has changed.

python3 -m scripts.commands.up        (settings come from the environment: PORT, MODEL_PORT, MODEL,
MODEL_URL, TF)"""

import argparse
import fcntl
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.console.progress import FULL_DISK, Failure, Steps, is_full_disk
from scripts.terraform import cli
from scripts.workspace import checks, install, paths, subprocesses

STEPS = 9
PORTS = {"emulator": ("PORT", 4566), "model": ("MODEL_PORT", 8091)}


def main() -> int:
    """The exit code. Once the packages are there, it goes on in `.venv`, as they are needed from
    then on."""
    options = _parse()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    steps = Steps(STEPS, options.done)
    try:
        with _alone():
            if options.done:
                return _finish(steps, options.started)
            _prepare(steps)
        again = [
            "-m",
            "scripts.commands.up",
            "--done",
            str(steps.number),
            "--started",
            str(options.started),
        ]
        os.execv(paths.PYTHON, [str(paths.PYTHON), *again])
    except Failure as failure:
        return _failed(str(failure))
    except KeyboardInterrupt:
        return _failed("Stopped. Run make up again to go on.", code=130)
    except Exception as error:
        return _failed(FULL_DISK if is_full_disk(error) else _unexpected(error))


def _finish(steps: Steps, started: float) -> int:
    """Steps 4 to 9, and the link."""
    from scripts.local import bring_up  # imports what .venv holds

    link = bring_up.bring_up(steps, _ports(), _source_given())
    if not _source_given():
        steps.say(
            "      The built-in model is tiny and often wrong; a better one: make up MODEL=file.gguf or MODEL_URL=http://…"
        )
    steps.say(
        f"Ready after {time.time() - started:.0f} s. Open this link (stop everything with: make down):"
    )
    print(link, flush=True)
    return 0


def _unexpected(error: Exception) -> str:
    try:
        log = subprocesses.log_path("up")
        log.write_text(traceback.format_exc())
    except OSError:
        return f"make up failed unexpectedly: {error}."
    return f"make up failed unexpectedly ({type(error).__name__}): details are in {log}."


def _prepare(steps: Steps) -> None:
    """Steps 1 to 3: this machine's tools, then the packages."""
    with steps.step("Checking this machine"):
        checks.machine(_ports(), cli.binary())
        _source_given()
    work = {
        "Installing Python packages": _python_packages,
        "Installing the page's packages": install.site,
    }
    steps.together(work, give_up=subprocesses.stop_all)


def _python_packages() -> None:
    install.python()
    if not _source_given():
        install.model()


def _ports() -> dict[str, int]:
    """Each service's port: from the environment, else where it ran last time."""
    try:
        last = json.loads(paths.SETTINGS.read_text())
    except (FileNotFoundError, ValueError):
        last = {}
    ports = {
        name: checks.number(variable, last.get(name, default))
        for name, (variable, default) in PORTS.items()
    }
    if len(set(ports.values())) < len(ports):
        raise Failure("PORT and MODEL_PORT are the same: give two different ports.")
    return ports


def _source_given() -> Path | str | None:
    """The model that MODEL or MODEL_URL names, checked."""
    file, url = os.environ.get("MODEL"), os.environ.get("MODEL_URL")
    if file and url:
        raise Failure("MODEL and MODEL_URL are both set: give one of them.")
    if url:
        from scripts.local.services import check_model_url

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


def _failed(sentence: str, code: int = 1) -> int:
    print(f"\n{sentence}", file=sys.stderr)
    return code


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--done", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--started", type=float, default=time.time(), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
