"""The numbers of the last 24 hours out of the log's lines. They are what the dashboard shows, by
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

    def __init__(self, now: float):
        self._now = now
        self.metrics = {name: Samples(now) for name in METRICS}
        # Whether the model of the first choice answered, by backend.
        self.available: dict[str, Samples] = {}
        self.errors, self.calls, self.memory = Samples(now), Samples(now), Samples(now)
        # What Lambda gives an invocation (MB); None until it has said so.
        self.memory_size: float | None = None
        # Why replies failed, and why the door refused, by code.
        self.failed, self.refused = Counter[str](), Counter[str]()
        self.guests_today: set[str] = set()

    @classmethod
    def of(cls, lines: Iterable[LogLine], now: float) -> "Day":
        """The day of these lines."""
        day = cls(now)
        for line in lines:
            day.add(line)
        return day

    def add(self, line: LogLine) -> None:
        """Take a line in."""
        for name, samples in self.metrics.items():
            samples.add(line.at, line.number(name))
        if (available := line.number("Availability")) is not None:
            self.available.setdefault(line.text("backend"), Samples(self._now)).add(
                line.at, available
            )
        if line.text("error"):
            self.errors.add(line.at, 1)
        self._count_codes(line)
        match line.event:
            case "http":
                self.calls.add(line.at, 1)
            case "turn":
                if line.text("guest_id") and day_of(line.at) == day_of(self._now):
                    self.guests_today.add(line.text("guest_id"))
            case "report":
                self.memory.add(line.at, line.number("maxMemoryUsedMB"))
                self.memory_size = line.number("memorySizeMB") or self.memory_size

    def _count_codes(self, line: LogLine) -> None:
        code = line.text("code") or "no code"
        if line.number("Failed"):
            self.failed[code] += 1
        if line.number("Refused"):
            self.refused[code] += 1
