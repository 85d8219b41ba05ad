"""How amounts, times and colours look on a terminal."""

import os
import time
from typing import TextIO

_COLOURS = {"bad": "31", "good": "32", "warn": "33", "faint": "2"}


class Paint:
    """Colours, on a terminal that does not refuse them (no-color.org)."""

    def __init__(self, stream: TextIO):
        self._on = stream.isatty() and not os.environ.get("NO_COLOR")

    def __call__(self, kind: str, text: str) -> str:
        """The text as `bad`, `good`, `warn` or `faint`; without a kind as it is."""
        return f"\033[{_COLOURS[kind]}m{text}\033[0m" if self._on and kind and text else text


def seconds(milliseconds: float) -> str:
    """A duration, with three digits at the most."""
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.{2 if milliseconds < 10_000 else 1}f} s"


def usd(dollars: float) -> str:
    """With as many places as the amount is small: $12.35, $0.1235, $0.000123."""
    if not dollars or dollars >= 1:
        return f"${dollars:.2f}"
    return f"${dollars:.4f}" if dollars >= 0.01 else f"${dollars:.6f}"


def clock(at: float) -> str:
    """In this machine's time, to the second."""
    return time.strftime("%m-%d %H:%M:%S", time.localtime(at))


def minute(at: float) -> str:
    """In this machine's time, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def counted(number: int, one: str, many: str = "") -> str:
    """`1 line`, `2 lines`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
