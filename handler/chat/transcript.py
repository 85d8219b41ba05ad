"""A reply while it is written: one writer, any number of readers, none of whom holds up another."""

import threading
import time
from dataclasses import dataclass

from handler.errors import ChatError


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """How a reply ended: its contract status, the model's own (input, output) tokens if they came,
    the error of a failed one, whether a guardrail intervened, and whether its model's own thread
    ended it."""

    status: str
    usage: tuple[int, int] | None = None
    error: ChatError | None = None
    guarded: bool = False
    by_model: bool = False


class Transcript:
    """Growing text and, once, an end. Safe between threads; what comes after the end is ignored."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._text = ""
        self._end: ReplyEnd | None = None
        # When its first text came, by the monotonic clock.
        self.began: float | None = None

    @property
    def end(self) -> ReplyEnd | None:
        return self._end

    @property
    def text(self) -> str:
        return self._text

    def write(self, text: str) -> bool:
        """Add text. False after the end: the writer may stop."""
        with self._changed:
            if self._end is None:
                self.began = self.began or time.monotonic()
                self._text += text
                self._changed.notify_all()
            return self._end is None

    def close(self, end: ReplyEnd) -> ReplyEnd:
        """End the reply. The first end counts, and is returned."""
        with self._changed:
            if self._end is None:
                self._end = end
                self._changed.notify_all()
            return self._end

    def wait(self, timeout: float) -> None:
        """Sleep until something is written, the end comes or `timeout` seconds have passed."""
        with self._changed:
            if self._end is None:
                self._changed.wait(timeout)

    def wait_end(self, timeout: float) -> bool:
        """Sleep until the end or for `timeout` seconds; whether it has ended."""
        with self._changed:
            return self._changed.wait_for(lambda: self._end is not None, timeout)
