"""A bare AWS emulator in a process of its own, without a stack."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.ports import free_port
from tests.support.waiting import until


@contextmanager
def bare_emulator(port: int | None = None, **more: str) -> Iterator[str]:
    """Its address, once it answers; on a free port by default. `more` is what its environment says
    besides."""
    port = port or free_port()
    programs = Path(sys.executable).parent
    env = os.environ | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # A function's process runs under the first Python there.
        "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", "")]),
    }
    process = subprocess.Popen(
        [programs / "ministack"],
        env=env | more,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{url}/_ministack/health", timeout=5):
            return True
        return False

    try:
        until(answers, "the emulator answers", 300, pause=0.1)
        yield url
    finally:
        process.terminate()
        process.wait()
