"""A worker from its start to its end: it loads its model, takes jobs, and shuts down."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

from scripts.worker.dispatcher import Dispatcher
from scripts.worker.heartbeat import ENDED, FAILED, LOADING, READY, STOPPING, Heartbeat
from scripts.worker.log import log
from scripts.worker.model import ServedModel, Unusable
from scripts.worker.retry import backoff
from scripts.worker.shutdown import Shutdown, ShutdownReason

CHECK_SECONDS = 0.25
# For the ends of jobs that were cut, and the poll that may have brought one more.
CLOSE_SECONDS = 5.5


@dataclass
class Lifecycle:
    model: ServedModel
    dispatcher: Dispatcher
    heartbeat: Heartbeat
    shutdown: Shutdown
    closing: Event = field(default_factory=Event, init=False)
    unusable: Unusable | None = field(default=None, init=False)

    def run(self) -> int:
        """The exit code: 0 for an orderly shutdown, 1 when the model cannot be used."""
        self.heartbeat.show(LOADING)
        self.heartbeat.keep()
        try:
            reason = self._load() or self._work()
        except Unusable as error:
            self.closing.set()
            self.dispatcher.cut(str(error))
            self.heartbeat.close(FAILED, str(error))
            return 1
        self.heartbeat.close(ENDED, reason.sentence)
        return 0

    def _load(self) -> ShutdownReason | None:
        """Why the worker ends before its model is loaded. Raises Unusable."""
        self.model.wait(given_up=lambda: self.shutdown.reason() is not None)
        return self.shutdown.reason()

    def _work(self) -> ShutdownReason:
        """Raises Unusable."""
        self.dispatcher.restart_idle_time()
        self.heartbeat.show(READY)
        receiver = Thread(target=self._receive, daemon=True)
        receiver.start()
        while not (reason := self._reason()):
            self.shutdown.wait(CHECK_SECONDS)
        self.closing.set()
        self.heartbeat.show(STOPPING, reason.sentence)
        self._finish(receiver, reason.grace, until=lambda: self.shutdown.requested)
        self.dispatcher.cut(reason.sentence)
        self._finish(receiver, CLOSE_SECONDS)
        return reason

    def _reason(self) -> ShutdownReason | None:
        if self.unusable:
            raise self.unusable
        return self.shutdown.reason()

    def _receive(self) -> None:
        pauses = backoff()
        while not self.closing.is_set():
            try:
                if self.dispatcher.broken:
                    self._recover()
                self.dispatcher.take()
                pauses = backoff()
            except Unusable as error:
                self.unusable = error
                return
            # Mostly AWS out of reach. Without this thread a worker would look alive and take no
            # jobs.
            except Exception as error:
                pause = next(pauses)
                log("retry", after=round(pause, 2), cause=repr(error)[:300])
                self.closing.wait(pause)

    def _recover(self) -> None:
        """Takes no jobs until the model answers again. Raises Unusable."""
        self.heartbeat.show(LOADING, "The model has failed and is being waited for.")
        if self.model.wait(given_up=self.closing.is_set):
            self.dispatcher.broken = False
            self.heartbeat.show(READY)

    def _finish(
        self, receiver: Thread, seconds: float, until: Callable[[], bool] = lambda: False
    ) -> None:
        """Waits for the jobs in hand, at most that long."""
        deadline = time.monotonic() + seconds
        while receiver.is_alive() or self.dispatcher.busy:
            if until() or time.monotonic() >= deadline:
                return
            time.sleep(0.05)
