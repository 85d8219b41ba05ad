"""Carries one job out: from the model into the mailbox, until it has ended or is another's."""

import threading
import time

from scripts.llm.upstream import Upstream
from scripts.worker.job import Job
from scripts.worker.mailbox import ReplyMailbox
from scripts.worker.reading import Reading
from scripts.worker.retry import Unreachable

# A part every 0.2 s, a beat with every second one: the function looks as often, and gives a job
# away after 5 s without.
PART_SECONDS, BEAT_SECONDS = 0.2, 0.4
# How a job may end for the worker.
REFUSED, WRITTEN, FAILED, LEFT, LOST = "refused", "written", "failed", "left", "lost"


class Writing:
    """One job. Once `run` has returned, `broken` says that the model's server failed. `cut` ends it
    from another thread."""

    def __init__(self, job: Job, mailbox: ReplyMailbox, upstream: Upstream):
        self.broken = False
        self._job, self._mailbox, self._upstream = job, mailbox, upstream
        self._parts, self._first, self._cut = 0, None, None
        self._reading, self._lock = None, threading.Lock()

    def run(self) -> str:
        """How it ended. REFUSED: it was another's already, or nobody's any more. FAILED: for a
        reason that the mailbox tells. LEFT: stopped, or given to another. LOST: AWS is out of
        reach."""
        began = time.monotonic()
        try:
            if not self._mailbox.claim():
                return REFUSED
            reading = self._begin()
            try:
                return self._copy(reading, began)
            finally:
                reading.abort()
        except Unreachable:
            return LOST

    def cut(self, sentence: str) -> None:
        """End it now, as failed for this reason."""
        with self._lock:
            self._cut = sentence
            if self._reading:
                self._reading.abort()

    def _begin(self) -> Reading:
        with self._lock:
            self._reading = Reading(self._upstream, self._job.ask)
            if self._cut:
                self._reading.abort()
        return self._reading

    def _copy(self, reading: Reading, began: float) -> str:
        beaten = began
        while not reading.ended:
            reading.wait(PART_SECONDS)
            self._write(reading.take(), began)
            if time.monotonic() - beaten >= BEAT_SECONDS:
                beaten = time.monotonic()
                if not self._mailbox.beat():
                    return LEFT
        self._write(reading.take(), began)
        self.broken = reading.broken
        return self._end(reading)

    def _write(self, text: str, began: float) -> None:
        if text:
            self._mailbox.part(self._parts, text)
            self._parts += 1
            self._first = self._first or round((time.monotonic() - began) * 1000)

    def _end(self, reading: Reading) -> str:
        detail = self._cut or reading.error
        reason = "failed" if detail else "length" if reading.finish == "length" else "stop"
        end = {
            "reason": reason,
            "parts": self._parts,
            "input": reading.tokens[0],
            "output": reading.tokens[1],
        }
        optional = {"detail": detail, "ms_first": self._first}
        told = self._mailbox.end(
            end | {name: value for name, value in optional.items() if value is not None}
        )
        return LEFT if not told else FAILED if detail else WRITTEN
