"""Takes messages from the queue and has a limited number of replies written at the same time."""

import threading
import time
from collections.abc import Callable

from scripts.worker import writing
from scripts.worker.jobs import Job, Malformed, Queue, QueueMessage
from scripts.worker.log import log
from scripts.worker.retry import Unreachable, retry
from scripts.worker.writing import Writing

SLOT_SECONDS = 1  # how long `take` waits for a free slot
DELETE_SECONDS = 10.0


class Dispatcher:
    """`write` makes the writing of a job. `broken` says that a job failed by the model's fault;
    whoever recovers the model resets it."""

    def __init__(self, queue: Queue, write: Callable[[Job], Writing], *, slots: int):
        self.broken = False
        self.busy = 0
        self._queue = queue
        self._write = write
        self._free = threading.Semaphore(slots)
        self._lock = threading.Lock()
        self._running: set[Writing] = set()
        self._cut: str | None = None
        self.restart_idle_time()

    def idle(self) -> float:
        """Seconds without a message in hand."""
        return 0 if self.busy else time.monotonic() - self._idle_since

    def restart_idle_time(self) -> None:
        self._idle_since = time.monotonic()

    def take(self) -> None:
        """Handles the next message in a thread of its own; returns without one when all slots are
        taken or the queue is empty. Raises botocore's errors."""
        if not self._free.acquire(timeout=SLOT_SECONDS):
            return
        message = None
        try:
            message = self._queue.receive()
        finally:
            if not message:
                self._free.release()
        if message:
            self._count(1)
            threading.Thread(target=self._handle, args=[message], daemon=True).start()

    def cut(self, reason: str) -> None:
        """Ends all jobs in hand, and any that still comes, as failed for this reason."""
        with self._lock:
            self._cut = reason
            running = list(self._running)
        for one in running:
            one.cut(reason)

    def _handle(self, message: QueueMessage) -> None:
        began = time.monotonic()
        try:
            outcome = self._process(message)
            ms = round((time.monotonic() - began) * 1000)
            log("job", outcome=outcome, times=message.times, ms=ms)
        except Exception as error:  # one job must not end the worker
            log("job", outcome="crashed", times=message.times, cause=repr(error)[:300])
        finally:
            self._count(-1)
            self._free.release()

    def _process(self, message: QueueMessage) -> str:
        """Does the job, and deletes its message. One that belongs to the dead letters is left: the
        queue moves it there."""
        try:
            job = Job.parse(message.body)
        except Malformed as error:
            return f"malformed: {error}"
        outcome = "expired" if job.expires_at <= time.time() else self._run(job)
        is_dead = message.times > 1 and outcome in ("expired", writing.REFUSED)
        if not is_dead and outcome != writing.LOST:
            self._delete(message)
        return outcome

    def _run(self, job: Job) -> str:
        one = self._write(job)
        with self._lock:
            self._running.add(one)
            if self._cut:
                one.cut(self._cut)
        try:
            return one.run()
        finally:
            self.broken = self.broken or one.broken
            with self._lock:
                self._running.discard(one)

    def _delete(self, message: QueueMessage) -> None:
        try:
            retry(lambda: self._queue.delete(message), seconds=DELETE_SECONDS)
        except Unreachable:
            return  # it comes again, is refused, and becomes a dead letter

    def _count(self, change: int) -> None:
        with self._lock:
            self.busy += change
            self.restart_idle_time()
