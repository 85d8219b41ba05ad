"""The measured function's invocations: its zip with the recorder in it, and what that wrote."""

import io
import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from scripts.bench import recorder
from scripts.console.progress import Failure

HANDLER = "recorder.invoke"
WAIT_SECONDS = 30

# Bytes of the two lines that Lambda itself writes for a warm invocation at the level INFO, in the
# form of its Telemetry API's events (Lambda Developer Guide, "Lambda Telemetry API Event schema
# reference"): platform.start and platform.report. The emulator writes others.
PLATFORM_BYTES = 141 + 240 + 2 * recorder.EVENT_BYTES


@dataclass(frozen=True, slots=True)
class Invocation:
    """`log_bytes` are those of its own lines."""

    seconds: float
    cpu_seconds: float
    log_bytes: int


class Invocations:
    """What the recorder writes into a file, read as it grows."""

    def __init__(self, path: Path):
        self._path = path
        self._offset = 0
        path.touch()

    def new(self, expected: int) -> list[Invocation]:
        """The invocations that ended since the last call. Waits until there are as many as
        expected; raises Failure when there are not."""
        deadline = time.monotonic() + WAIT_SECONDS
        lines: list[str] = []
        while len(lines) < expected:
            if time.monotonic() > deadline:
                raise Failure(
                    f"{len(lines)} of {expected} invocations ended: run make bench-cost again."
                )
            time.sleep(0.02)
            with self._path.open() as file:
                file.seek(self._offset)
                lines = [line for line in file if line.endswith("\n")]
        self._offset += sum(len(line) for line in lines)
        return [Invocation(**json.loads(line)) for line in lines]


def with_recorder(package: Path) -> bytes:
    """The function's zip and the recorder."""
    held = io.BytesIO(package.read_bytes())
    with zipfile.ZipFile(held, "a") as archive:
        archive.write(recorder.__file__, "recorder.py")
    return held.getvalue()
