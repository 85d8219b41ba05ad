"""A reply while it is written: one writer, any number of readers, none of whom holds up another."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from handler.errors import ChatError


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """How a reply ended: its contract status, the model's own (input, output) tokens if they came,
    the error of a failed one, whether a guardrail intervened."""

    status: str
    usage: tuple[int, int] | None = None
    error: ChatError | None = None
    guarded: bool = False


class Transcript:
    """Growing text and, once, an end. Safe between threads; what comes after the end is ignored."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._parts: list[str] = []
        self._text = ""
        self._end: ReplyEnd | None = None
        self._abort: Callable[[], None] | None = None
        # When its first text came, by the monotonic clock.
        self.began: float | None = None

    @property
    def end(self) -> ReplyEnd | None:
        return self._end

    @property
    def text(self) -> str:
        """All that was written so far."""
        with self._changed:
            if self._parts:
                self._text += "".join(self._parts)
                self._parts.clear()
            return self._text

    def write(self, text: str) -> bool:
        """Add text. False after the end: the writer may stop."""
        with self._changed:
            if self._end is None:
                self.began = self.began or time.monotonic()
                self._parts.append(text)
                self._changed.notify_all()
            return self._end is None

    def close(self, end: ReplyEnd) -> ReplyEnd:
        """End the reply: the first end counts, is returned, and calls what `when_closed` left."""
        with self._changed:
            former = self._end
            if former:
                return former
            self._end = end
            self._changed.notify_all()
            abort = self._abort
        if abort:
            abort()
        return end

    def when_closed(self, abort: Callable[[], None] | None) -> None:
        """Have the end call `abort`, since the writer may be waiting for its next word. None takes
        it back."""
        with self._changed:
            self._abort = abort
            is_late = self._end is not None
        if is_late and abort:
            abort()

    def wait(self, timeout: float) -> None:
        """Sleep until something is written, the end comes or `timeout` seconds have passed."""
        with self._changed:
            if self._end is None:
                self._changed.wait(timeout)

    def wait_end(self, timeout: float) -> bool:
        """Sleep until the end or for `timeout` seconds; whether it has ended."""
        with self._changed:
            return self._changed.wait_for(lambda: self._end is not None, timeout)
