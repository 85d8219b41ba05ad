"""Watches whether the client of a call is still there."""

import select
import socket
import threading
from collections.abc import Callable

LOOK_SECONDS = 0.2


class Gone(Exception):
    """The client went away."""


class CallerWatch:
    """Notices that a client closes its connection while its reply is being written."""

    def __init__(self, connection: socket.socket):
        self._connection, self._gone, self._done, self._abort = (
            connection,
            threading.Event(),
            False,
            None,
        )
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def gone(self) -> bool:
        """Whether the client closed its connection."""
        return self._gone.is_set()

    def when_gone(self, abort: Callable[[], None]) -> None:
        """Call `abort` as soon as the client is gone, from another thread."""
        self._abort = abort
        if self.gone:
            abort()

    def wait(self, seconds: float) -> None:
        """Pause, at most until the client is gone. Raises Gone."""
        if self._gone.wait(seconds) if seconds else self.gone:
            raise Gone

    def finish(self) -> None:
        """The call is over: stop watching."""
        self._done = True

    def _watch(self) -> None:
        while not self._done:
            try:
                readable, _, _ = select.select([self._connection], [], [], LOOK_SECONDS)
                if not readable:
                    continue
                if self._connection.recv(
                    1, socket.MSG_PEEK
                ):  # the next request on a kept connection
                    return
            except (OSError, ValueError):
                pass
            if not self._done:
                self._gone.set()
                if self._abort:
                    self._abort()
            return
