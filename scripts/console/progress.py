"""What a person sees while a command works: numbered steps with their seconds on stderr, causes in
one sentence."""

import errno
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TextIO

FULL_DISK = (
    "The disk is full: free at least 1.5 GB in this folder's disk, then run the same command again."
)
WIDTH = 79
# Seconds: what ends sooner is not told of, and what lasts is told of that often.
MOMENT, REMINDER = 2, 20


class Failure(Exception):
    """Something expected went wrong; the text is one sentence that says what happened and what to
    do, `code` the program's exit code."""

    code = 1


class Stopped(Failure):
    """Ctrl-C, where a command has its own sentence for it."""

    code = 130


def is_full_disk(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def say(text: str) -> None:
    """A line on stderr; stdout is for data."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def shown(title: str, stream: TextIO | None = None) -> Iterator[Callable[[str], None]]:
    """Says what is done, if it takes longer than a moment: once after MOMENT seconds, again now and
    then, and at its end. It is handed what takes a note on how it has ended."""
    stream, started, ended = stream or sys.stderr, time.monotonic(), threading.Event()
    notes: list[str] = []

    def tell(*words: str) -> None:
        print(title, "…", *words, file=stream, flush=True)

    def passed() -> str:
        return f"{time.monotonic() - started:.0f} s"

    def watch() -> None:
        if ended.wait(MOMENT):
            return
        tell()
        while not ended.wait(REMINDER):
            tell("still, after", passed())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield notes.append
    except BaseException:
        notes.append("failed")
        raise
    finally:
        ended.set()
        watcher.join()
        if time.monotonic() - started > MOMENT:
            tell(*(f"{note} after" for note in notes[-1:]), passed())


class Steps:
    """Numbers steps up to `total`; `number` is how many an earlier process has already shown."""

    def __init__(self, total: int, number: int = 0, stream: TextIO | None = None):
        self._total = total
        self.number = number
        self._stream = stream or sys.stderr
        self._erase = "\r\033[K" if self._stream.isatty() else ""
        self._lock = threading.Lock()
        self._running: list[str] = []
        self._noted = ""
        self._failed = False

    def say(self, text: str) -> None:
        """A line beneath the steps."""
        with self._lock:
            print(self._erase + text, file=self._stream, flush=True)
            self._show_running()

    def detail(self, text: str) -> None:
        """A line that belongs to the running step."""
        self.say(f"      {text}")

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
            self.number += 1
            head = f"[{self.number}/{self._total}] {title} …"
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
            line = "  ".join([*self._running, self._noted])[:WIDTH]
            print(self._erase + line, end="", file=self._stream, flush=True)

    def together(
        self, work: Mapping[str, Callable[[], object]], give_up: Callable[[], None]
    ) -> None:
        """Steps side by side. When one fails, `give_up` is called to end the others, and its error
        is raised."""
        failed: list[BaseException] = []

        def one(title: str, task: Callable[[], object]) -> None:
            try:
                with self.step(title):
                    task()
            except BaseException as error:
                failed.append(error)
                if error is failed[0]:
                    give_up()

        with ThreadPoolExecutor(len(work)) as pool:
            try:
                list(pool.map(one, work, work.values()))
            except KeyboardInterrupt:
                give_up()
                raise
        if failed:
            raise failed[0]
