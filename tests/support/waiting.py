"""The one way in which tests wait for something."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
LONGEST_PAUSE = 0.25


def until(
    condition: Callable[[], Value],
    what: str | Callable[[], str],
    seconds: float = 120,
    *,
    pause: float = 0.02,
    failed: Callable[[], str | None] = lambda: None,
) -> Value:
    """The value of `condition` as soon as it is true. When that takes longer than `seconds`, fails
    with `what` was to come true (a function of it is called only then) and the last value; as soon
    as `failed` returns a reason, with that. The longer it waits, the less often it looks, for a
    look may be a request that takes as much of the processor as what it waits for."""
    began = time.monotonic()
    while not (value := condition()):
        if why := failed():
            raise AssertionError(f"It will never come true that {_words(what)}: {why}")
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(
                f"It did not come true within {seconds:g} s that {_words(what)}. "
                f"The last value was {value!r}."
            )
        time.sleep(max(pause, min(waited / 10, LONGEST_PAUSE)))
    return value


def _words(what: str | Callable[[], str]) -> str:
    return what if isinstance(what, str) else what()


def holds(condition: Callable[[], object], what: str, seconds: float) -> None:
    """Watches for `seconds` that `condition` stays true; fails with a sentence once it is not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert (value := condition()), f"It did not stay true that {what}; it is {value!r} now."
        time.sleep(0.1)
