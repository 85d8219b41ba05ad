"""Why a worker ends."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from scripts.worker import spot_interruption
from scripts.worker.settings import WorkerSettings

# Seconds for the jobs in hand. Most replies take less; EC2's notice comes some 120 s before the
# end.
GRACE, SPOT_GRACE = 30, 60


@dataclass(frozen=True, slots=True)
class ShutdownReason:
    """`grace`: seconds in which the jobs in hand may be finished."""

    sentence: str
    grace: float = GRACE


class Shutdown:
    """Watches the lease, the idle time, the signals and Spot's notice."""

    def __init__(self, settings: WorkerSettings, *, idle: Callable[[], float]):
        self._settings = settings
        self._idle = idle
        self._requested = threading.Event()
        self._interruption: str | None = None
        self._reason: ShutdownReason | None = None
        if settings.on_ec2:
            threading.Thread(target=self._watch, daemon=True).start()

    def request(self) -> None:
        """Ends the worker at once."""
        self._requested.set()

    @property
    def requested(self) -> bool:
        return self._requested.is_set()

    def wait(self, seconds: float) -> None:
        """Returns at once when the end is requested."""
        self._requested.wait(seconds)

    def reason(self) -> ShutdownReason | None:
        """Stays the same once there is one."""
        self._reason = self._reason or self._find()
        return self._reason

    def _find(self) -> ShutdownReason | None:
        if self.requested:
            return ShutdownReason("The worker was told to end.", 0)
        if self._interruption:
            return ShutdownReason(self._interruption, SPOT_GRACE)
        if time.time() >= self._settings.until():
            return ShutdownReason("Its lease is over.")
        if self._idle() >= self._settings.idle:
            return ShutdownReason(f"Nobody asked it anything for {_span(self._settings.idle)}.")
        return None

    def _watch(self) -> None:
        while not (found := spot_interruption.interruption()):
            time.sleep(spot_interruption.CHECK_SECONDS)
        self._interruption = found


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
