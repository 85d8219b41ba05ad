"""A day in 24 characters: one for each hour, the last one is now."""

from collections.abc import Sequence

HOURS = 24
HOUR = 3600
NOTHING = "·"
_BLOCKS = "▁▂▃▄▅▆▇█"


def hour_of(at: float, now: float) -> int | None:
    """Which of the 24 hours before `now` a moment lies in, 23 being the last; None outside of them.
    Both in epoch seconds."""
    ago = int((now - at) // HOUR)
    return HOURS - 1 - ago if 0 <= ago < HOURS else None


def spark(values: Sequence[float | None], top: float | None = None) -> str:
    """One character a value: a dot where there is none, the lowest block for 0, the full one for
    `top`, which by default is the largest."""
    known = [value for value in values if value is not None]
    highest = (max(known, default=0) if top is None else top) or 1
    return "".join(NOTHING if value is None else _block(value / highest) for value in values)


def _block(share: float) -> str:
    """Whatever is more than 0 stands above the line."""
    steps = len(_BLOCKS) - 1
    return _BLOCKS[0 if share <= 0 else max(1, min(steps, round(share * steps)))]
