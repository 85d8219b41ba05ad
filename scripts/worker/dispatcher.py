"""Takes messages from the queue and has at most so many of them written at the same time."""

import threading
import time
from collections.abc import Callable

from scripts.worker import writing
from scripts.worker.job import Job, Malformed
from scripts.worker.log import say
from scripts.worker.queue import Queue, QueueMessage
from scripts.worker.retry import Unreachable, insist
from scripts.worker.writing import Writing

SLOT_SECONDS = 1  # how long `take` waits for a free slot
DELETE_PATIENCE = 10.0


class Dispatcher:
    """`write` makes the writing of a job. `broken` says that a job has failed by the model's fault;
    whoever mends it resets it."""

    def __init__(self, queue: Queue, write: Callable[[Job], Writing], *, slots: int):
        self.broken = False
        self._queue, self._write, self._slots = queue, write, slots
        self._free, self._lock = threading.Semaphore(slots), threading.Lock()
        self._running: set[Writing] = set()
        self._busy, self._quiet_since, self._cut = 0, time.monotonic(), None

    @property
    def busy(self) -> int:
        """How many messages are in hand."""
        return self._busy

    def idle(self) -> float:
        """Seconds since it had a message in hand."""
        return 0 if self._busy else time.monotonic() - self._quiet_since

    def rest(self) -> None:
        """Idle time begins now."""
        self._quiet_since = time.monotonic()

    def take(self) -> None:
        """Takes the next message in a thread of its own; returns without one when all slots are
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

    def cut(self, sentence: str) -> None:
        """End what is in hand, and what may still come, as failed for this reason."""
        with self._lock:
            self._cut = sentence
            running = list(self._running)
        for one in running:
            one.cut(sentence)

    def _handle(self, message: QueueMessage) -> None:
        began = time.monotonic()
        try:
            outcome = self._settle(message)
            say(
                "job",
                outcome=outcome,
                times=message.times,
                ms=round((time.monotonic() - began) * 1000),
            )
        except Exception as error:  # one job must not take the worker along
            say("job", outcome="crashed", times=message.times, cause=repr(error)[:300])
        finally:
            self._count(-1)
            self._free.release()

    def _settle(self, message: QueueMessage) -> str:
        """Does the job, and deletes its message unless it belongs to the dead letters: the queue
        puts it there by itself."""
        try:
            job = Job.parse(message.body)
        except Malformed as error:
            return f"malformed: {error}"
        outcome = "expired" if job.expires_at <= time.time() else self._carry_out(job)
        taken_before = message.times > 1 and outcome in ("expired", writing.REFUSED)
        if not taken_before and outcome != writing.LOST:
            self._delete(message)
        return outcome

    def _carry_out(self, job: Job) -> str:
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
            insist(lambda: self._queue.delete(message), seconds=DELETE_PATIENCE)
        except Unreachable:
            return  # it comes again, is refused, and goes to the dead letters

    def _count(self, change: int) -> None:
        with self._lock:
            self._busy += change
            self._quiet_since = time.monotonic()
