"""Runs tools (pip, npm, Terraform) with their output in a log."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.console.progress import FULL_DISK, Failure
from scripts.workspace import paths

_children: set[subprocess.Popen] = set()
_lock = threading.Lock()
stopping = threading.Event()
# Seconds that a command has to end by itself once what it had started is ended.
END_SECONDS = 20


def run(
    command: Iterable[str | Path],
    *,
    log: str | Path,
    env: dict[str, str] | None = None,
    cwd: Path = paths.ROOT,
    line: Callable[[str], None] | None = None,
    gently: Callable[[], None] | None = None,
    patience: float | None = None,
) -> int:
    """Runs a command to its end; `line` sees each line of its output. Returns its exit code. With
    `gently`, Ctrl-C has the command end by itself, calls `gently` and waits for it; a second
    Ctrl-C ends the processes that the command has started, so that it waits for them no longer but
    still records what it has done; a third ends it at once. With `patience`, it is ended after so
    many seconds without a line.

    Raises Failure when the program is missing or reports a full disk."""
    words = [str(word) for word in command]
    full, ended = False, threading.Event()
    heard = time.monotonic()
    path = log if isinstance(log, Path) else log_path(log)
    with path.open("a") as file, _started(words, env, cwd) as child:
        file.write(f"$ {' '.join(words)}\n")

        def read() -> int:
            nonlocal full, heard
            for text in child.stdout or ():
                heard = time.monotonic()
                file.write(text)
                full = full or "No space left on device" in text or "ENOSPC" in text
                if line:
                    line(text.rstrip("\n"))
            return child.wait()

        def watch(seconds: float) -> None:
            while not ended.wait(min(1, seconds)):
                if time.monotonic() - heard > seconds:
                    _end(child)

        if patience:
            threading.Thread(target=watch, args=(patience,), daemon=True).start()
        try:
            code = read()
        except KeyboardInterrupt:
            if gently:
                # To it alone: what it has started itself ends with it.
                child.send_signal(signal.SIGINT)
                gently()
                _wait_or_end_descendants(child, read)
            raise
        finally:
            ended.set()
        if patience and time.monotonic() - heard > patience:
            file.write(f"It was silent for {patience:g} s, and was ended.\n")
    if code and full:
        raise Failure(FULL_DISK)
    return code


@contextmanager
def _started(
    words: list[str], env: dict[str, str] | None, cwd: Path
) -> Iterator[subprocess.Popen[str]]:
    """A process, which ends with the block. It has a session of its own, so that Ctrl-C reaches
    this process alone, which then ends it in order."""
    with _lock:
        if stopping.is_set():
            raise Failure("Stopped.")
        try:
            child = subprocess.Popen(
                words, cwd=cwd, env=env, text=True, errors="replace", start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise Failure(
                f"{words[0]} is missing: install it, then run the same command again."
            ) from error
        _children.add(child)
    with child:
        try:
            yield child
        finally:
            _end(child)
            with _lock:
                _children.discard(child)


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
    """Empty when there is none."""
    path = paths.LOG / f"{name}.log"
    return path.read_text(errors="replace") if path.exists() else ""


def stat_fields(pid: int | str) -> list[str]:
    """What /proc says of a process, from its state on (proc_pid_stat(5)). Raises FileNotFoundError
    or ProcessLookupError, always where there is no /proc."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _wait_or_end_descendants(child: subprocess.Popen, read: Callable[[], int]) -> None:
    """Waits until a command has ended by itself. Ctrl-C ends the processes that it has started, and
    itself only when it takes longer than END_SECONDS then."""
    try:
        read()
    except KeyboardInterrupt:
        for pid in _group(child.pid) - {child.pid}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        limit = threading.Timer(END_SECONDS, _end, [child])
        limit.start()
        try:
            read()
        finally:
            limit.cancel()


def _group(leader: int) -> set[int]:
    """The processes of the group that `leader` leads, itself included."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if int(stat_fields(folder.name)[2]) == leader:
                found.add(int(folder.name))
    if found:
        return found
    command = ["ps", "-A", "-o", "pid=,pgid="]  # where there is no /proc: macOS
    said = subprocess.run(command, capture_output=True, text=True).stdout
    return {int(pid) for pid, group in map(str.split, said.splitlines()) if int(group) == leader}


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
