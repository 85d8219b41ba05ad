"""A worker's life: it loads its model, takes jobs, and ends in order."""

import threading
import time
from collections.abc import Callable

from scripts.worker.dispatcher import Dispatcher
from scripts.worker.heartbeat import ENDED, FAILED, LOADING, READY, STOPPING, Heartbeat
from scripts.worker.log import say
from scripts.worker.model import LOAD_SECONDS, ServedModel, Unusable
from scripts.worker.retry import pauses
from scripts.worker.shutdown import Shutdown, ShutdownReason

LOOK_SECONDS = 0.25
# For the last words of jobs that were cut, and the poll that may have brought one more.
CLOSE_SECONDS = 5.5


class Lifecycle:
    """One worker, from its start to its end."""

    def __init__(self, *, model: ServedModel, desk: Dispatcher, beacon: Heartbeat, ends: Shutdown):
        self._model, self._desk, self._beacon, self._ends = model, desk, beacon, ends
        self._closing = threading.Event()
        self._end: ShutdownReason | None = None
        self._unusable: Unusable | None = None

    def run(self) -> int:
        """The exit code: 0 for an end in order, 1 when the model cannot be used."""
        self._beacon.show(LOADING)
        self._beacon.keep()
        try:
            ready = self._model.wait(seconds=LOAD_SECONDS, given_up=self._is_over)
        except Unusable as error:
            return self._fail(error)
        return self._work() if ready else self._over()

    def _is_over(self) -> bool:
        """Whether there is a reason to end; from then on it stays the reason."""
        self._end = self._end or self._ends.reason()
        return bool(self._end)

    def _work(self) -> int:
        self._desk.rest()
        self._show(READY)
        receiver = threading.Thread(target=self._receive, daemon=True)
        receiver.start()
        while not (self._unusable or self._is_over()):
            self._ends.wait(LOOK_SECONDS)
        if self._unusable:
            return self._fail(self._unusable)
        self._closing.set()
        self._show(STOPPING, self._end.sentence)
        self._finish(receiver, self._end.grace, hurry=lambda: self._ends.told)
        self._desk.cut(self._end.sentence)
        self._finish(receiver, CLOSE_SECONDS)
        return self._over()

    def _receive(self) -> None:
        waits = pauses()
        while not self._closing.is_set():
            try:
                if self._desk.broken:
                    self._mend()
                self._desk.take()
                waits = pauses()
            except Unusable as error:
                self._unusable = error
                return
            # Most of all AWS out of reach: a worker that is deaf must not seem to be alive.
            except Exception as error:
                pause = next(waits)
                say("retry", after=round(pause, 2), cause=repr(error)[:300])
                self._closing.wait(pause)

    def _mend(self) -> None:
        """Takes no jobs until the model answers again. Raises Unusable."""
        self._show(LOADING, "The model has failed and is being waited for.")
        if self._model.wait(seconds=LOAD_SECONDS, given_up=self._closing.is_set):
            self._desk.broken = False
            self._show(READY)

    def _finish(
        self,
        receiver: threading.Thread,
        seconds: float,
        *,
        hurry: Callable[[], bool] = lambda: False,
    ) -> None:
        until = time.monotonic() + seconds
        while (receiver.is_alive() or self._desk.busy) and time.monotonic() < until and not hurry():
            time.sleep(0.05)

    def _show(self, state: str, detail: str | None = None) -> None:
        say("state", state=state, detail=detail)
        self._beacon.show(state, detail)

    def _over(self) -> int:
        say("state", state=ENDED, detail=self._end.sentence)
        self._beacon.close(ENDED, self._end.sentence)
        return 0

    def _fail(self, error: Unusable) -> int:
        self._closing.set()
        self._desk.cut(str(error))
        say("state", state=FAILED, detail=str(error))
        self._beacon.close(FAILED, str(error))
        return 1
