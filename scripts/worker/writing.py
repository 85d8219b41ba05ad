"""Carries out one job: from the model into the mailbox."""

import threading
import time

from scripts.llm.client import ChatClient
from scripts.worker.jobs import Job
from scripts.worker.mailbox import ReplyMailbox
from scripts.worker.reading import Reading
from scripts.worker.retry import Unreachable

# A part every 0.2 s, a heartbeat with every second one: the function reads as often, and gives a
# job to another worker after 5 s without.
PART_SECONDS, BEAT_SECONDS = 0.2, 0.4
# How a job may end for the worker. REFUSED: another worker has it, or nobody wants it any more.
# FAILED: the mailbox says why. LEFT: stopped, or given to another. LOST: AWS is out of reach.
REFUSED, WRITTEN, FAILED, LEFT, LOST = "refused", "written", "failed", "left", "lost"


class Writing:
    """One job. Once `run` has returned, `broken` says that the model's server failed."""

    def __init__(self, job: Job, mailbox: ReplyMailbox, client: ChatClient):
        self.broken = False
        self._job = job
        self._mailbox = mailbox
        self._client = client
        self._parts = 0
        self._ms_first: int | None = None
        self._cut: str | None = None
        self._reading: Reading | None = None
        self._lock = threading.Lock()

    def run(self) -> str:
        """How the job ended."""
        began = time.monotonic()
        try:
            if not self._mailbox.claim():
                return REFUSED
            reading = self._start()
            try:
                return self._copy(reading, began)
            finally:
                reading.abort()
        except Unreachable:
            return LOST

    def cut(self, reason: str) -> None:
        """Ends the job as failed for this reason. Called from another thread."""
        with self._lock:
            self._cut = reason
            if self._reading:
                self._reading.abort()

    def _start(self) -> Reading:
        with self._lock:
            reading = Reading(self._client, self._job.request)
            self._reading = reading
            if self._cut:
                reading.abort()
        return reading

    def _copy(self, reading: Reading, began: float) -> str:
        last_beat = began
        while not reading.ended:
            reading.wait(PART_SECONDS)
            self._write(reading.take(), began)
            if time.monotonic() - last_beat >= BEAT_SECONDS:
                last_beat = time.monotonic()
                if not self._mailbox.beat():
                    return LEFT
        self._write(reading.take(), began)
        self.broken = reading.broken
        return self._end(reading)

    def _write(self, text: str, began: float) -> None:
        if text:
            self._mailbox.part(self._parts, text)
            self._parts += 1
            self._ms_first = self._ms_first or round((time.monotonic() - began) * 1000)

    def _end(self, reading: Reading) -> str:
        detail = self._cut or reading.error
        reason = "length" if reading.finish == "length" else "stop"
        end = {
            "reason": "failed" if detail else reason,
            "parts": self._parts,
            "input": reading.tokens[0],
            "output": reading.tokens[1],
            "detail": detail,
            "ms_first": self._ms_first,
        }
        if not self._mailbox.end({name: value for name, value in end.items() if value is not None}):
            return LEFT
        return FAILED if detail else WRITTEN
