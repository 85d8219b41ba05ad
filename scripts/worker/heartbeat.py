"""Shows operators and the function that a worker is there, and how it is."""

import threading
import time
from collections.abc import Callable

from scripts.worker.retry import Unreachable, insist

PARTITION = "MAILBOX#WORKERS"
BEAT_SECONDS = 5
KEPT_SECONDS = 3600  # after which the table forgets a worker
PATIENCE = 3.0

# Before the worker there are "booting" and "downloading", which a machine that is being made ready
# says itself.
LOADING, READY = "loading", "ready"
STOPPING, ENDED, FAILED = "stopping", "ended", "failed"


class Heartbeat:
    """The presence of one worker, written at each change and every 5 s. A write that fails is made
    up for by the next. `busy` tells how many jobs it has, `until` the end of its lease (epoch
    seconds)."""

    def __init__(
        self,
        table,
        worker: str,
        *,
        model: str,
        slots: int,
        until: Callable[[], int],
        busy: Callable[[], int],
    ):
        self._table, self._worker, self._model, self._slots = table, worker, model, slots
        self._until, self._busy = until, busy
        self._shown: dict = {}
        self._lock, self._over = threading.Lock(), threading.Event()

    def show(self, state: str, detail: str | None = None) -> None:
        """From now on it is in this state."""
        self._shown = {"state": state, "detail": detail}
        self.write()

    def keep(self) -> None:
        """Beat in the background until `close`."""

        def beat() -> None:
            while not self._over.wait(BEAT_SECONDS):
                self.write()

        threading.Thread(target=beat, daemon=True).start()

    def close(self, state: str, detail: str) -> None:
        """The last word."""
        self._over.set()
        self.show(state, detail)

    def write(self) -> None:
        """Write it now."""
        with self._lock:  # two at once could end with the older one
            now = int(time.time())
            item = {
                "pk": PARTITION,
                "sk": self._worker,
                **self._shown,
                "beat": now,
                "busy": self._busy(),
                "slots": self._slots,
                "model": self._model,
                "until": self._until(),
                "ttl": now + KEPT_SECONDS,
            }
            present = {name: value for name, value in item.items() if value is not None}
            try:
                insist(lambda: self._table.put_item(Item=present), seconds=PATIENCE)
            except Unreachable:
                return  # logged as retries; the next beat says the same
