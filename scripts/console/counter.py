"""How far a long command is: nothing for two seconds, then a count and a rate on stderr."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

QUIET = 2
# Seconds between two lines: a terminal's line is written over, a log's stays.
TERMINAL, LOG = 0.2, 10
ERASE = "\r\033[K"


class Counter:
    """`verb` is what happens to the `things`, `total` how many there are, if that is known."""

    def __init__(
        self,
        verb: str,
        total: int | None = None,
        *,
        things: str = "conversations",
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._verb = verb
        self._things = things if total is None else f"of {total:,} {things}"
        self._clock = clock
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._began = clock()
        self._next = self._began + QUIET
        self._shown = False
        self.count = 0

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self._clock() - self._began

    def step(self, number: int = 1) -> None:
        """So many more are done."""
        self.count += number
        now = self._clock()
        if now >= self._next:
            self._next = now + (TERMINAL if self._terminal else LOG)
            self._show()

    def say(self, text: str) -> None:
        """A line that stays."""
        print((ERASE if self._terminal else "") + text, file=self._stream, flush=True)

    def clear(self) -> None:
        """Removes the count from a terminal, before other output."""
        if self._terminal and self._shown:
            print(ERASE, end="", file=self._stream, flush=True)

    def _show(self) -> None:
        self._shown = True
        rate = f"{self.count / self.seconds:,.0f} a second"
        line = f"{self._verb} {self.count:,} {self._things}, {rate}"
        if self._terminal:
            print(ERASE + line, end="", file=self._stream, flush=True)
        else:
            self.say(line)
