"""The model worker: a job into the queue, its reply out of the mailbox (docs/architecture.md)."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handler.errors import ModelUnavailable, TooLarge
from handler.ids import new_id
from handler.models.catalog import ModelCard
from handler.models.prompt import TEMPERATURE, Prompt
from handler.store.worker_jobs import WorkerJob, WorkerJobs
from handler.telemetry.log import log
from handler.values import ModelEvent

# Seconds between reads of the mailbox: a worker writes about as often, so that a word is some 0.4 s
# old at most when it is passed on.
_LOOK = 0.2
# Seconds that a job may lie in the queue: while workers are there and busy, and when none is ready.
_BUSY = 60
_NOBODY = 15
# A worker that dies may still be handed a job by its last poll, and no other sees it then: a job
# that is not taken after so long (seconds) is sent once more. Whoever claims it first has it, so
# twice is harmless.
_REPEAT = 6.0
# A worker that has a job sends a heartbeat twice a second; after this long (seconds) without one it
# counts as dead.
_SILENT = 5.0
# A job is given to a second worker, never to a third: it may be the job that ends them.
_TAKES = 2
_REASONS = {"stop": "end_turn", "length": "max_tokens"}

STARTING = "The model worker is still starting; it takes some minutes."
NONE = "No model worker is running."
BUSY = f"All model workers are busy: none took the question up within {_BUSY} s."
LOST = "The model worker ended before its reply did."
FAILED = "The model worker could not write the reply."

Clock = Callable[[], float]
# Puts one message into the queue.
Send = Callable[[str], None]


class WorkerModel:
    """The workers behind one queue."""

    def __init__(
        self, jobs: WorkerJobs, send: Send, card: ModelCard, clock: Clock = time.time
    ) -> None:
        self._jobs = jobs
        self._send = send
        self.card = card
        self._clock = clock

    def answer(
        self, prompt: Prompt, *, max_tokens: int, temperature: float = TEMPERATURE
    ) -> "_WorkerAnswer":
        """One reply; the job is sent when it is iterated. Raises TooLarge."""
        limit = min(max_tokens, self.card.max_output)
        fitted = prompt.fitted(self.card, limit)
        if fitted.tokens() > self.card.context - limit:
            raise TooLarge("The message is longer than the model worker can read.")
        messages = [{"role": role, "content": text} for role, text in fitted.spoken()]
        body = {"messages": messages, "max_tokens": limit, "temperature": temperature}
        return _WorkerAnswer(self._jobs, self._send, body, self._clock)

    def probe(self) -> None:
        """Returns if a worker is ready. Raises ModelUnavailable."""
        if not any(worker.state == "ready" for worker in self._jobs.workers(now=self._clock())):
            raise ModelUnavailable(NONE)


class _WorkerAnswer:
    """One job, from the queue to its end."""

    # A worker is paid by the hour: a lost try costs nothing.
    cut = 0

    def __init__(self, jobs: WorkerJobs, send: Send, body: dict[str, Any], clock: Clock) -> None:
        self._jobs = jobs
        self._send = send
        self._body = body
        self._clock = clock
        self._job = new_id(clock())
        self._take = 1
        self._over = threading.Event()
        self._is_open = False

    def __iter__(self) -> Iterator[ModelEvent]:
        """The reply's events. Raises ModelUnavailable with a sentence that says why."""
        try:
            yield from self._events()
        except (ClientError, BotoCoreError) as error:
            raise ModelUnavailable(retry_after=5) from error

    def close(self) -> None:
        """Have the worker leave the job, unless it ended it."""
        if self._is_open:
            self._is_open = False
            self._jobs.stop(self._job)

    def abort(self) -> None:
        """Wake the thread that waits for words."""
        self._over.set()

    def _events(self) -> Iterator[ModelEvent]:
        self._jobs.open(self._job, now=self._clock())
        self._is_open = True
        self._hand_out()
        seen, repeat_at = 0, time.monotonic() + _REPEAT
        watch = _Watch(self._jobs, self._clock)
        while not self._over.is_set():
            parts, job = self._jobs.read(self._job, self._take, seen)
            seen += len(parts)
            for text in parts:
                yield {"text": text}
            if job.end and seen >= int(job.end["parts"]):
                self._is_open = False
                yield from _last(job.end)
                return
            if watch.is_lost(job, heard=bool(parts)):
                self._pass_on(seen)
                watch = _Watch(self._jobs, self._clock)
            if repeat_at and time.monotonic() > repeat_at and not job.taken:
                repeat_at = 0
                self._hand_out()
            self._over.wait(_LOOK)

    def _hand_out(self) -> None:
        job = {"job": self._job, "take": self._take, "expires_at": int(self._clock()) + _BUSY}
        self._send(json.dumps(job | self._body, ensure_ascii=False))

    def _pass_on(self, seen: int) -> None:
        """Give the job to another worker: only while nothing was said, since two would not say the
        same."""
        if seen or self._take >= _TAKES:
            raise ModelUnavailable(LOST, retry_after=5)
        self._jobs.pass_on(self._job, self._take)
        self._take += 1
        log("passed_on", self._job, time.monotonic())
        self._hand_out()


class _Watch:
    """Whether a job's worker lives, and whether any will take it."""

    def __init__(self, jobs: WorkerJobs, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock
        self._since = self._heard = time.monotonic()
        self._beat = 0
        self._limit = float(_NOBODY)

    def is_lost(self, job: WorkerJob, *, heard: bool) -> bool:
        """Whether the worker that took the job has gone silent. The heartbeat is only compared with
        itself: clocks may differ. Raises ModelUnavailable when no worker took the job in time."""
        now = time.monotonic()
        if heard or job.beat != self._beat:
            self._heard = now
            self._beat = job.beat
        if job.taken:
            return now - self._heard > _SILENT
        if now - self._since > self._limit:
            self._give_up_or_wait(now - self._since)
        return False

    def _give_up_or_wait(self, waited: float) -> None:
        states = {worker.state for worker in self._jobs.workers(now=self._clock())}
        is_starting = not states.isdisjoint({"booting", "downloading", "loading"})
        retry_after = 60 if is_starting else 15
        if "ready" not in states:
            raise ModelUnavailable(STARTING if is_starting else NONE, retry_after=retry_after)
        if waited > _BUSY:
            raise ModelUnavailable(BUSY, retry_after=retry_after)
        self._limit = _BUSY


def _last(end: dict[str, Any]) -> Iterator[ModelEvent]:
    if end["reason"] not in _REASONS:
        raise ModelUnavailable(FAILED, retry_after=5)
    yield {"stop": _REASONS[end["reason"]]}
    yield {"usage": (int(end["input"]), int(end["output"]))}
