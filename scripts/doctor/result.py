"""What a check found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Result:
    """One line. A failure stops a deploy; a warning does not; what was skipped could not be asked.
    `fix` says what to do about it."""

    state: Literal["ok", "warn", "fail", "skip"]
    found: str
    fix: str = ""

    def line(self, name: str) -> str:
        """As a person reads it."""
        return f"{self.state:<4}  {name:<11}  {self.found}" + (f" → {self.fix}" if self.fix else "")


def ok(found: str) -> Result:
    """As it should be."""
    return Result("ok", found)


def warn(found: str, fix: str) -> Result:
    """A deploy works, and its owner should know."""
    return Result("warn", found, fix)


def fail(found: str, fix: str) -> Result:
    """A deploy would fail, or what it makes would not work."""
    return Result("fail", found, fix)


def skip(found: str) -> Result:
    """Not asked, and why."""
    return Result("skip", found)
