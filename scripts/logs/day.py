"""The numbers of the last 24 hours, out of the log's lines. They are what the dashboard shows, by
the same names and statistics: CloudWatch reads its metrics out of these very lines, and the
emulator, which does not, has the lines too."""

from collections import Counter
from collections.abc import Iterable

from handler.telemetry.metrics import METRICS
from handler.values import day_of
from scripts.logs.lines import LogLine
from scripts.logs.samples import Samples


class Day:
    """What happened in the 24 hours before `now` (epoch seconds)."""

    def __init__(self, lines: Iterable[LogLine], now: float):
        self._now = now
        self.metrics = {name: Samples(now) for name in METRICS}
        # Whether the first choice of the models answered, by backend.
        self.available: dict[str, Samples] = {}
        self.errors = Samples(now)
        self.calls = Samples(now)
        self.memory = Samples(now)
        # MB of an invocation; None until Lambda has reported one.
        self.memory_size: float | None = None
        # Why replies failed, and why admission refused, by code.
        self.failed = Counter[str]()
        self.refused = Counter[str]()
        self.guests_today: set[str] = set()
        for line in lines:
            self._add(line)

    def _add(self, line: LogLine) -> None:
        for name, samples in self.metrics.items():
            samples.add(line.at, line.number(name))
        if (available := line.number("Availability")) is not None:
            backend = self.available.setdefault(line.text("backend"), Samples(self._now))
            backend.add(line.at, available)
        if line.text("error"):
            self.errors.add(line.at, 1)
        code = line.text("code") or "no code"
        self.failed.update([code] if line.number("Failed") else [])
        self.refused.update([code] if line.number("Refused") else [])
        match line.event:
            case "http":
                self.calls.add(line.at, 1)
            case "turn":
                if line.text("guest_id") and day_of(line.at) == day_of(self._now):
                    self.guests_today.add(line.text("guest_id"))
            case "report":
                self.memory.add(line.at, line.number("maxMemoryUsedMB"))
                self.memory_size = line.number("memorySizeMB") or self.memory_size
