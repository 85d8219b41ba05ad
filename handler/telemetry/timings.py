"""When each part of a reply's way took place, for its log line: `make trace` draws it as bars."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Timings:
    """Stages by name as (begin, duration) in whole milliseconds since the question's arrival. Safe
    where each thread has its own stages.

    `before` are the milliseconds of the stages before this invocation, in order."""

    def __init__(self, before: Mapping[str, int] | None = None) -> None:
        self.stages: dict[str, tuple[int, int]] = {}
        passed = 0
        for name, milliseconds in (before or {}).items():
            self.stages[name] = (passed, milliseconds)
            passed += milliseconds
        self._arrival = time.monotonic() - passed / 1000

    def at(self, moment: float | None = None) -> int:
        """Milliseconds from the question's arrival to a reading of the monotonic clock, now by
        default."""
        moment = time.monotonic() if moment is None else moment
        return round((moment - self._arrival) * 1000)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Note the duration of what is done inside, also if it fails."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.note(name, began, time.monotonic())

    def note(self, name: str, began: float, ended: float) -> None:
        """Note a stage between two readings of the monotonic clock."""
        self.stages[name] = (self.at(began), round((ended - began) * 1000))
