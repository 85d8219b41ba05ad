"""A bare AWS emulator in a process of its own, without a stack."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.local_stack import free_port
from tests.support.waiting import until


@contextmanager
def bare_emulator(port: int | None = None) -> Iterator[str]:
    """Its address, once it answers; on a free port by default."""
    port = port or free_port()
    env = os.environ | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }
    process = subprocess.Popen(
        [Path(sys.executable).with_name("ministack")],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{url}/_ministack/health", timeout=5):
            return True
        return False

    try:
        until(answers, "the emulator answers", 120, pause=0.1)
        yield url
    finally:
        process.terminate()
        process.wait()
