"""Why a worker ends, in order."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from scripts.worker import spot_interruption
from scripts.worker.settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class ShutdownReason:
    """A reason, as a sentence; running jobs have `grace` seconds to be finished."""

    sentence: str
    grace: float


TOLD = ShutdownReason("The worker was told to end.", 0)
# A reply takes less, mostly; EC2's notice comes some 120 s before the end.
GRACE, SPOT_GRACE = 30, 60


class Shutdown:
    """Watches the lease, the idle time, a signal and Spot's notice."""

    def __init__(self, settings: WorkerSettings, *, idle: Callable[[], float]):
        self._settings, self._idle = settings, idle
        self._told, self._interruption = threading.Event(), None
        if settings.on_ec2:
            threading.Thread(target=self._watch, daemon=True).start()

    def tell(self) -> None:
        """End at once."""
        self._told.set()

    def wait(self, seconds: float) -> None:
        """Returns then, or at once when it was told to end."""
        self._told.wait(seconds)

    @property
    def told(self) -> bool:
        """Whether it is to end at once."""
        return self._told.is_set()

    def reason(self) -> ShutdownReason | None:
        """Why it ends now; None when it does not."""
        if self.told:
            return TOLD
        if self._interruption:
            return ShutdownReason(self._interruption, SPOT_GRACE)
        if time.time() >= self._settings.until():
            return ShutdownReason("Its lease is over.", GRACE)
        if self._idle() >= self._settings.idle:
            return ShutdownReason(
                f"Nobody asked it anything for {_span(self._settings.idle)}.", GRACE
            )
        return None

    def _watch(self) -> None:
        while not (found := spot_interruption.interruption()):
            time.sleep(spot_interruption.LOOK_SECONDS)
        self._interruption = found


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
