"""What so many daily guests ask of the stack, and what that costs."""

from dataclasses import dataclass, replace
from functools import cached_property

from scripts.costs import measured
from scripts.costs.operations import Operations, bill
from scripts.scale import books, peaks
from scripts.scale.assumptions import DAYS
from scripts.scale.day import Day, simulated

# How long a visit keeps its socket (seconds): the measured visit's (scripts/bench/scenario.py).
_SECONDS_A_MINUTE = 60


@dataclass(frozen=True)
class Load:
    """One size: a simulated day, by the last measured run."""

    guests: int
    run: measured.Run
    day: Day
    days: int = DAYS

    @classmethod
    def of(cls, guests: int) -> "Load":
        """The day of so many guests."""
        run = measured.last()
        visit = run.parts["visit"].socket_minutes * _SECONDS_A_MINUTE
        return cls(guests, run, simulated(guests, seconds_of(run), visit))

    @cached_property
    def at_once(self) -> int:
        """Replies that are being written at the same time, at the most."""
        return peaks.in_any(self.day.questions, seconds_of(self.run))

    @property
    def books_bytes(self) -> int:
        """The month's item on its last day."""
        return books.books_bytes(self.guests, open_turns=self.at_once)

    @property
    def model_usd(self) -> float:
        """USD a day of the model."""
        return self.run.model_usd() / measured.REPLIES * len(self.day.questions)

    def other_usd(self) -> float:
        """USD a day of all else, storage left out."""
        used = self._reply() * len(self.day.questions) + self._visit() * len(self.day.visits)
        return sum(bill(used, self.run.memory_mb).values())

    def _reply(self) -> Operations:
        """The measured reply had five guests in its books; here they are as large as half-way
        through the month."""
        reply = self.run.parts["reply"]
        writes = books.WRITES_A_TURN * (books.write_units(self._usual_bytes()) - 1)
        return replace(
            reply,
            write_units=reply.write_units + writes,
            read_units=reply.read_units + self._reads(),
        )

    def _visit(self) -> Operations:
        visit = self.run.parts["visit"]
        return replace(visit, read_units=visit.read_units + self._reads())

    def _reads(self) -> int:
        """What a read of the books takes beyond the measured unit."""
        return books.consistent_read_units(self._usual_bytes()) - 1

    def _usual_bytes(self) -> int:
        """Books that are too large for one item would have to be cut up, and so small again."""
        usual = books.books_bytes(self.guests, days=15, replies=150, tokens=225_000)
        return usual if usual <= books.LARGEST else 0


def seconds_of(run: measured.Run) -> float:
    """What Lambda is busy with a reply, at the function's memory: its asynchronous invocation, and
    the frame's before it."""
    return run.parts["reply"].gb_seconds(run.memory_mb) * 1_024 / run.memory_mb
