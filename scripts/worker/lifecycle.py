"""A worker from its start to its end: it loads its model, takes jobs, and shuts down."""

import threading
import time
from collections.abc import Callable

from scripts.worker.dispatcher import Dispatcher
from scripts.worker.heartbeat import ENDED, FAILED, LOADING, READY, STOPPING, Heartbeat
from scripts.worker.log import log
from scripts.worker.model import ServedModel, Unusable
from scripts.worker.retry import backoff
from scripts.worker.shutdown import Shutdown, ShutdownReason

CHECK_SECONDS = 0.25
# For the ends of jobs that were cut, and the poll that may have brought one more.
CLOSE_SECONDS = 5.5


class Lifecycle:
    def __init__(
        self, model: ServedModel, dispatcher: Dispatcher, heartbeat: Heartbeat, shutdown: Shutdown
    ):
        self._model = model
        self._dispatcher = dispatcher
        self._heartbeat = heartbeat
        self._shutdown = shutdown
        self._closing = threading.Event()
        self._unusable: Unusable | None = None

    def run(self) -> int:
        """The exit code: 0 for an orderly shutdown, 1 when the model cannot be used."""
        self._heartbeat.show(LOADING)
        self._heartbeat.keep()
        try:
            reason = self._load() or self._work()
        except Unusable as error:
            self._closing.set()
            self._dispatcher.cut(str(error))
            self._close(FAILED, str(error))
            return 1
        self._close(ENDED, reason.sentence)
        return 0

    def _load(self) -> ShutdownReason | None:
        """Why the worker ends before its model is loaded. Raises Unusable."""
        self._model.wait(given_up=lambda: self._shutdown.reason() is not None)
        return self._shutdown.reason()

    def _work(self) -> ShutdownReason:
        """Raises Unusable."""
        self._dispatcher.restart_idle_time()
        self._show(READY)
        receiver = threading.Thread(target=self._receive, daemon=True)
        receiver.start()
        while not (reason := self._reason()):
            self._shutdown.wait(CHECK_SECONDS)
        self._closing.set()
        self._show(STOPPING, reason.sentence)
        self._finish(receiver, reason.grace, hurry=lambda: self._shutdown.requested)
        self._dispatcher.cut(reason.sentence)
        self._finish(receiver, CLOSE_SECONDS, hurry=lambda: False)
        return reason

    def _reason(self) -> ShutdownReason | None:
        if self._unusable:
            raise self._unusable
        return self._shutdown.reason()

    def _receive(self) -> None:
        pauses = backoff()
        while not self._closing.is_set():
            try:
                if self._dispatcher.broken:
                    self._recover()
                self._dispatcher.take()
                pauses = backoff()
            except Unusable as error:
                self._unusable = error
                return
            # Mostly AWS out of reach. Without this thread a worker would look alive and take no
            # jobs.
            except Exception as error:
                pause = next(pauses)
                log("retry", after=round(pause, 2), cause=repr(error)[:300])
                self._closing.wait(pause)

    def _recover(self) -> None:
        """Takes no jobs until the model answers again. Raises Unusable."""
        self._show(LOADING, "The model has failed and is being waited for.")
        if self._model.wait(given_up=self._closing.is_set):
            self._dispatcher.broken = False
            self._show(READY)

    def _finish(
        self, receiver: threading.Thread, seconds: float, *, hurry: Callable[[], bool]
    ) -> None:
        """Waits for the jobs in hand, at most that long."""
        deadline = time.monotonic() + seconds
        while receiver.is_alive() or self._dispatcher.busy:
            if hurry() or time.monotonic() >= deadline:
                return
            time.sleep(0.05)

    def _show(self, state: str, detail: str | None = None) -> None:
        log("state", state=state, detail=detail)
        self._heartbeat.show(state, detail)

    def _close(self, state: str, detail: str) -> None:
        log("state", state=state, detail=detail)
        self._heartbeat.close(state, detail)
