"""Processes that outlive `make up`: each has a session of its own, and is found again by its record
in `.local/run`.

A record holds the process's start time beside its id, so that a recycled id is never taken for
ours."""

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.workspace import paths
from scripts.workspace.subprocesses import log_path, stat_fields

TERM_SECONDS = 6  # between SIGTERM and SIGKILL
_children: dict[int, subprocess.Popen] = {}


@dataclass(frozen=True)
class ProcessRecord:
    """`fingerprint` tells whether the process runs with today's configuration."""

    name: str
    pid: int
    started: str
    port: int
    fingerprint: str


def start(
    name: str, command: list[str], *, env: dict[str, str], port: int, fingerprint: str
) -> ProcessRecord:
    """Its output goes to `.local/log/NAME.log`, fresh each time."""
    with log_path(name).open("w") as log:
        child = subprocess.Popen(
            command, cwd=paths.ROOT, env=env, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    _children[child.pid] = child
    record = ProcessRecord(name, child.pid, started_at(child.pid) or "", port, fingerprint)
    paths.RUN.mkdir(parents=True, exist_ok=True)
    _file(name).write_text(json.dumps(asdict(record)))
    return record


def find(name: str) -> ProcessRecord | None:
    """The recorded process if it still runs."""
    record = _read(name)
    return record if record and alive(record) else None


def names(start: str) -> list[str]:
    """Those of all recorded processes that begin so."""
    return sorted(path.stem for path in paths.RUN.glob(f"{start}*.json"))


def alive(record: ProcessRecord) -> bool:
    """Whether that very process still runs."""
    return bool(record.started) and started_at(record.pid) == record.started


def stop(name: str) -> bool:
    """Ends a recorded process and its children; whether it ran. Another process that has its id by
    now is left alone."""
    record = _read(name)
    running = record is not None and alive(record)
    if record and running:
        _signal(record, signal.SIGTERM)
        deadline = time.monotonic() + TERM_SECONDS
        while alive(record) and time.monotonic() < deadline:
            time.sleep(0.05)
        # The session keeps the id from being given away, so what is left of the group is ours.
        _signal(record, signal.SIGKILL)
        while alive(record):
            time.sleep(0.02)
    if record and (child := _children.pop(record.pid, None)):
        child.wait()
    _file(name).unlink(missing_ok=True)
    return running


def started_at(pid: int) -> str | None:
    """When the process began, in the system's own words; None when there is no such process or it
    is dead."""
    try:
        fields = stat_fields(pid)
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return None if fields[0] in "ZX" else f"{fields[19]}@{boot}"
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return None
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]  # where there is no /proc: macOS
    said = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return None if not said or said.startswith("Z") else said.partition(" ")[2].strip()


def _signal(record: ProcessRecord, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(record.pid, number)


def _read(name: str) -> ProcessRecord | None:
    try:
        return ProcessRecord(**json.loads(_file(name).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _file(name: str) -> Path:
    return paths.RUN / f"{name}.json"
