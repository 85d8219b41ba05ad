"""The most that a list of times asks for at once, by different measures. Times are seconds of a
day, in order."""

from collections import Counter, deque
from collections.abc import Sequence


def in_any(times: Sequence[float], seconds: float) -> int:
    """The most in any span of so many seconds. With what each of them lasts: the most at the same
    time."""
    recent, most = deque(), 0
    for time in times:
        recent.append(time)
        while recent[0] <= time - seconds:
            recent.popleft()
        most = max(most, len(recent))
    return most


def sustained(times: Sequence[float], burst: int) -> float:
    """The smallest rate (a second) with which a throttle of that burst refuses nothing. By
    bisection, to 1 %."""
    seconds = sorted(Counter(int(time) for time in times).items())
    low, high = 0.0, max((number for _, number in seconds), default=0) + 1.0
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        if _refused(seconds, middle, burst):
            low = middle
        else:
            high = middle
    return high


def refused(times: Sequence[float], rate: float, burst: int) -> float:
    """The share that a throttle refuses: a bucket of `burst` tokens that fills with `rate` a
    second."""
    return _refused(sorted(Counter(int(time) for time in times).items()), rate, burst) / max(
        1, len(times)
    )


def _refused(seconds: Sequence[tuple[int, int]], rate: float, burst: int) -> float:
    tokens, last, over = float(burst), 0, 0.0
    for second, number in seconds:
        tokens = min(burst, tokens + (second - last) * rate) - number
        last = second
        over -= min(0.0, tokens)
        tokens = max(0.0, tokens)
    return over
