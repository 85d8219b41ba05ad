"""How amounts, times and colours look on a terminal."""

import os
import time
from typing import TextIO

_COLOURS = {"bad": "31", "good": "32", "warn": "33", "faint": "2"}


class Paint:
    """Colours where a person sees them: on a terminal that did not ask for none (no-color.org)."""

    def __init__(self, stream: TextIO):
        self._on = stream.isatty() and not os.environ.get("NO_COLOR")

    def __call__(self, kind: str, text: str) -> str:
        """The text as `bad`, `good`, `warn`, `faint`, or without a kind as it is."""
        return f"\033[{_COLOURS[kind]}m{text}\033[0m" if self._on and kind and text else text


def seconds(milliseconds: float) -> str:
    """A duration, with three digits at the most."""
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.{2 if milliseconds < 10_000 else 1}f} s"


def usd(dollars: float) -> str:
    """Dollars, with as many places as the amount is small."""
    places = 2 if not dollars or dollars >= 1 else 4 if dollars >= 0.01 else 6
    return f"${dollars:.{places}f}"


def clock(at: float) -> str:
    """When a line was written, in this machine's time."""
    return time.strftime("%m-%d %H:%M:%S", time.localtime(at))


def counted(number: int, one: str, many: str = "") -> str:
    """So many of something."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
