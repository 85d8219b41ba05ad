"""Ports for what a test starts as a process of its own."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import TextIO

# Below those that the system gives to outgoing connections: 32,768 and more on Linux, 49,152 and
# more on macOS. One of them could be taken between the choice and the use.
FIRST, LAST = 20_000, 32_000
# A lock is held as long as its file is open: until this process ends.
_held: list[TextIO] = []
# The suites may seed the common generator alike in each of their processes.
_numbers = random.SystemRandom()


def free_port() -> int:
    """A port that nobody listens on, and that no other test process on this machine is given while
    this one runs."""
    folder = Path(tempfile.gettempdir()) / f"forever-us-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    while True:
        port = _numbers.randrange(FIRST, LAST)
        lock = (folder / str(port)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _held.append(lock)
        return port
