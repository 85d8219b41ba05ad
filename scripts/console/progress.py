"""What a person sees while a command works: numbered steps with their seconds on stderr, causes in
one sentence."""

import errno
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


class Failure(Exception):
    """Something expected went wrong; the text is one sentence that says what happened and what to
    do."""


FULL_DISK = (
    "The disk is full: free at least 1.5 GB in this folder's disk, then run the same command again."
)


WIDTH = 79


def is_full_disk(error: BaseException) -> bool:
    """Whether the system refused to write for lack of room."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class Steps:
    """Numbers steps 1 to `total`; `number` is how many an earlier process has already shown."""

    def __init__(self, total: int, number: int = 0, stream=None):
        self._total, self._number = total, number
        self._stream, self._lock = stream or sys.stderr, threading.Lock()
        self._running: list[str] = []
        self._noted = ""
        self._failed = False
        self._erase = "\r\033[K" if self._stream.isatty() else ""

    @property
    def number(self) -> int:
        """How many steps have begun."""
        return self._number

    def say(self, text: str) -> None:
        """A line beneath the steps."""
        with self._lock:
            print(self._erase + text, file=self._stream, flush=True)
            self._show_running()

    def note(self, text: str) -> None:
        """What a step is busy with; a terminal shows it behind the step, until the next note."""
        with self._lock:
            self._noted = text
            self._show_running()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step. Its line stays when it is done; a terminal shows it while it runs, too."""
        started = time.monotonic()
        with self._lock:
            self._number += 1
            head = f"[{self._number}/{self._total}] {title} …"
            self._running.append(head)
            self._show_running()
        ended = ""
        try:
            yield
        except BaseException:
            ended = "stopped after " if self._failed else "failed after "
            self._failed = True
            raise
        finally:
            self._running.remove(head)
            self.say(f"{head} {ended}{time.monotonic() - started:.1f} s")

    def _show_running(self) -> None:
        if self._erase:
            print(
                self._erase + "  ".join([*self._running, self._noted])[:WIDTH],
                end="",
                file=self._stream,
                flush=True,
            )

    def together(self, work: dict[str, Callable[[], object]], give_up: Callable[[], None]) -> None:
        """Steps side by side. When one fails, `give_up` is called to end the others, and its error
        is raised."""
        failed: list[BaseException] = []

        def one(title: str, task: Callable[[], object]) -> None:
            try:
                with self.step(title):
                    task()
            except BaseException as error:
                first = not failed
                failed.append(error)
                if first:
                    give_up()

        with ThreadPoolExecutor(len(work)) as pool:
            try:
                list(pool.map(one, work, work.values()))
            except KeyboardInterrupt:
                give_up()
                raise
        if failed:
            raise failed[0]
