"""The item that shows operators and the function that a worker is alive, and its state."""

import threading
import time
from collections.abc import Callable
from typing import Any

from scripts.worker.log import log
from scripts.worker.retry import Unreachable, retry
from scripts.worker.settings import WorkerSettings

PARTITION = "MAILBOX#WORKERS"
BEAT_SECONDS = 5
KEPT_SECONDS = 3600  # until the table deletes the item
RETRY_SECONDS = 3.0

# Earlier states, "booting" and "downloading", are written by a machine's boot script.
LOADING, READY = "loading", "ready"
STOPPING, ENDED, FAILED = "stopping", "ended", "failed"


class Heartbeat:
    """Written at each change and every 5 s; a write that fails is made up for by the next. `busy`
    counts the jobs in hand."""

    def __init__(self, table: Any, settings: WorkerSettings, *, busy: Callable[[], int]):
        self._table = table
        self._settings = settings
        self._busy = busy
        self._state: dict[str, str] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def show(self, state: str, detail: str | None = None) -> None:
        log("state", state=state, detail=detail)
        self._state = {"state": state} | ({"detail": detail} if detail else {})
        self._write()

    def close(self, state: str, detail: str) -> None:
        self._closed.set()
        self.show(state, detail)

    def keep(self) -> None:
        """Beats in the background until `close`."""

        def beat() -> None:
            while not self._closed.wait(BEAT_SECONDS):
                self._write()

        threading.Thread(target=beat, daemon=True).start()

    def _write(self) -> None:
        with self._lock:  # of two writes at once the older could be the last
            now = int(time.time())
            item = self._state | {
                "pk": PARTITION,
                "sk": self._settings.worker,
                "beat": now,
                "busy": self._busy(),
                "slots": self._settings.slots,
                "model": self._settings.model,
                "until": self._settings.until(),
                "ttl": now + KEPT_SECONDS,
            }
            try:
                retry(lambda: self._table.put_item(Item=item), seconds=RETRY_SECONDS)
            except Unreachable:
                return  # the retries are logged
