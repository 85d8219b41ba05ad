"""The model worker: a job into the queue, its reply out of the mailbox (docs/architecture.md). To
the rest it is one more model."""

import json
import threading
import time
from collections.abc import Callable, Iterator

from botocore.exceptions import BotoCoreError, ClientError

from handler.errors import ModelUnavailable, TooLarge
from handler.ids import new_id
from handler.models.catalog import ModelCard
from handler.models.prompt import Prompt
from handler.store.worker_jobs import WorkerJob, WorkerJobs
from handler.telemetry.log import log

# How often (seconds) the mailbox is read: a worker writes about as often, so a word is some 0.4 s
# old at most when it is told.
_LOOK = 0.2
# How long (seconds) a job may lie in the queue: while workers are there and busy, and when none is
# ready.
_BUSY = 60
_NOBODY = 15
# A worker that dies may still be handed a job by its last poll, and nobody else sees it then: a job
# that is not taken after so long (seconds) is sent once more. Whoever claims it first has it, so
# twice is harmless.
_REPEAT = 6.0
# A worker that has a job says twice a second that it lives; after this long (seconds) without a
# word it counts as dead.
_SILENT = 5.0
# A job is given to a second worker, never to a third: it may be the job that ends them.
_TAKES = 2
_REASONS = {"stop": "end_turn", "length": "max_tokens"}

STARTING = "The model worker is still starting; it takes some minutes."
NONE = "No model worker is running."
BUSY = f"All model workers are busy: none took the question up within {_BUSY} s."
LOST = "The model worker ended before its reply did."
FAILED = "The model worker could not write the reply."


class WorkerModel:
    """The workers behind one queue. `send` puts one message into it."""

    def __init__(
        self,
        mailbox: WorkerJobs,
        send: Callable[[str], None],
        card: ModelCard,
        clock: Callable[[], float] = time.time,
    ):
        self._mailbox, self._send, self.card, self._clock = mailbox, send, card, clock

    def answer(
        self, prompt: Prompt, *, max_tokens: int, temperature: float = 0.6
    ) -> "_WorkerAnswer":
        """One reply; nothing is asked before it is iterated. Raises TooLarge."""
        limit = min(max_tokens, self.card.max_output)
        fitted = prompt.fitted(self.card, limit)
        if fitted.tokens() > self.card.context - limit:
            raise TooLarge("The message is longer than the model worker can read.")
        messages = [{"role": role, "content": text} for role, text in fitted.spoken()]
        body = {"messages": messages, "max_tokens": limit, "temperature": temperature}
        return _WorkerAnswer(self._mailbox, self._send, body, self._clock)

    def probe(self) -> None:
        """Nothing, if a worker is ready. Raises ModelUnavailable."""
        if not any(worker.state == "ready" for worker in self._mailbox.workers(now=self._clock())):
            raise ModelUnavailable(NONE)


class _WorkerAnswer:
    """One job, from the queue to its end."""

    # A worker is paid by the hour: a lost try costs nothing.
    cut = 0

    def __init__(
        self,
        mailbox: WorkerJobs,
        send: Callable[[str], None],
        body: dict,
        clock: Callable[[], float],
    ):
        self._mailbox, self._send, self._body, self._clock = mailbox, send, body, clock
        self._job, self._take = new_id(clock()), 1
        self._over = threading.Event()
        self._is_open = False

    def __iter__(self) -> Iterator[dict]:
        """The reply's events, as `handler.models.bedrock` has them. Raises ModelUnavailable with a
        sentence that says why."""
        try:
            yield from self._events()
        except (ClientError, BotoCoreError) as error:
            raise ModelUnavailable(retry_after=5) from error

    def close(self) -> None:
        """Have the worker leave the job, unless it ended it."""
        if self._is_open:
            self._is_open = False
            self._mailbox.stop(self._job)

    def abort(self) -> None:
        """Wake the thread that waits for words."""
        self._over.set()

    def _events(self) -> Iterator[dict]:
        self._mailbox.open(self._job, now=self._clock())
        self._is_open = True
        self._hand_out()
        seen, repeat_at = 0, time.monotonic() + _REPEAT
        watch = _Watch(self._mailbox, self._clock)
        while not self._over.is_set():
            parts, job = self._mailbox.read(self._job, self._take, seen)
            seen += len(parts)
            for text in parts:
                yield {"text": text}
            if job.end and seen >= int(job.end["parts"]):
                self._is_open = False
                yield from _last(job.end)
                return
            if watch.is_lost(job, heard=bool(parts)):
                self._pass_on(seen)
                watch = _Watch(self._mailbox, self._clock)
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
        self._mailbox.pass_on(self._job, self._take)
        self._take += 1
        log("passed_on", self._job, time.monotonic())
        self._hand_out()


class _Watch:
    """Whether a job's worker lives, and whether anybody will take it. Raises ModelUnavailable when
    nobody did in time."""

    def __init__(self, mailbox: WorkerJobs, clock: Callable[[], float]):
        self._mailbox, self._clock = mailbox, clock
        self._since = self._heard = time.monotonic()
        self._beat = 0
        self._patience = float(_NOBODY)

    def is_lost(self, job: WorkerJob, *, heard: bool) -> bool:
        """Whether the worker that took the job has gone silent. The beat is only compared with
        itself: clocks may differ."""
        now = time.monotonic()
        if heard or job.beat != self._beat:
            self._heard, self._beat = now, job.beat
        if job.taken:
            return now - self._heard > _SILENT
        if now - self._since > self._patience:
            self._give_up_or_wait(now - self._since)
        return False

    def _give_up_or_wait(self, waited: float) -> None:
        workers = self._mailbox.workers(now=self._clock())
        is_ready = any(worker.state == "ready" for worker in workers)
        if is_ready and waited <= _BUSY:
            self._patience = _BUSY
            return
        is_starting = any(
            worker.state in ("booting", "downloading", "loading") for worker in workers
        )
        raise ModelUnavailable(
            BUSY if is_ready else STARTING if is_starting else NONE,
            retry_after=60 if is_starting else 15,
        )


def _last(end: dict) -> Iterator[dict]:
    if end["reason"] not in _REASONS:
        raise ModelUnavailable(FAILED, retry_after=5)
    yield {"stop": _REASONS[end["reason"]]}
    yield {"usage": (int(end["input"]), int(end["output"]))}
