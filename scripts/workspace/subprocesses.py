"""Runs the tools that `up` needs (pip, npm, Terraform) with their output in a log."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from scripts.console.progress import FULL_DISK, Failure
from scripts.workspace import paths

_children: set[subprocess.Popen] = set()
_lock = threading.Lock()
stopping = threading.Event()


def run(
    command: Iterable[str | Path],
    *,
    log: str | Path,
    env: dict[str, str] | None = None,
    cwd: Path = paths.ROOT,
    line: Callable[[str], None] | None = None,
    gently: Callable[[], None] | None = None,
) -> int:
    """Runs a command to its end; `line` sees each line of its output. Returns its exit code. With
    `gently`, Ctrl-C asks the command to end by itself, calls `gently` and waits for it; a second
    Ctrl-C ends it at once.

    Raises Failure when the program is missing or reports a full disk."""
    path = log if isinstance(log, Path) else log_path(log)
    words = [str(word) for word in command]
    full = False
    with path.open("a") as file:
        file.write(f"$ {' '.join(words)}\n")
        try:
            with _lock:
                child = _begin(words, cwd, env)
        except FileNotFoundError as error:
            raise Failure(
                f"{words[0]} is missing: install it, then run the same command again."
            ) from error

        def read() -> None:
            nonlocal full
            for text in child.stdout:
                file.write(text)
                full = full or "No space left on device" in text or "ENOSPC" in text
                if line:
                    line(text.rstrip("\n"))

        try:
            try:
                read()
            except KeyboardInterrupt:
                if gently:
                    child.send_signal(
                        signal.SIGINT
                    )  # to it alone: what it has started itself ends with it
                    gently()
                    read()
                    child.wait()
                raise
            code = child.wait()
        finally:
            _end(child)
            child.stdout.close()
            with _lock:
                _children.discard(child)
    if code and full:
        raise Failure(FULL_DISK)
    return code


def _begin(words: list[str], cwd: Path, env: dict[str, str] | None) -> subprocess.Popen:
    if stopping.is_set():
        raise Failure("Stopped.")
    child = subprocess.Popen(
        words,
        cwd=cwd,
        env=env,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # Ctrl-C reaches this process alone, which then ends the command in order.
        start_new_session=True,
    )
    _children.add(child)
    return child


def stop_all() -> None:
    """Ends every command that still runs, and lets none begin any more."""
    stopping.set()
    with _lock:
        children = list(_children)
    for child in children:
        _end(child)


def log_path(name: str) -> Path:
    """Where the log of that name lies; its folder exists afterwards."""
    paths.LOCAL.mkdir(mode=0o700, exist_ok=True)
    paths.LOG.mkdir(exist_ok=True)
    return paths.LOG / f"{name}.log"


def read_log(name: str) -> str:
    """What the log of that name holds."""
    path = paths.LOG / f"{name}.log"
    return path.read_text(errors="replace") if path.exists() else ""


def _end(child: subprocess.Popen) -> None:
    if child.poll() is None:
        try:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait(5)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
