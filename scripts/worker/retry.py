"""What is tried again: AWS out of reach, throttled, or not as it should be for a moment."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from scripts.worker.log import say

# A write is given up sooner than a hung connection would: a beat that comes after 5 s comes too
# late.
CONFIG = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1})
SHORTEST, LONGEST = 0.1, 30.0  # seconds between two tries
_REFUSED = "ConditionalCheckFailedException"

Answer = TypeVar("Answer")


class Unreachable(Exception):
    """AWS did not do it for as long as it was worth waiting."""


def pauses() -> Iterator[float]:
    """Seconds to wait after each failure in a row: doubling, with jitter, without end."""
    longest = SHORTEST
    while True:
        yield random.uniform(longest / 2, longest)
        longest = min(LONGEST, longest * 2)


def insist(
    call: Callable[[], Answer], *, seconds: float, given_up: threading.Event | None = None
) -> Answer:
    """What `call` returns, tried again for that long or until `given_up`. Raises Unreachable."""
    until = time.monotonic() + seconds
    for pause in pauses():
        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() + pause > until or (given_up and given_up.is_set()):
                raise Unreachable(str(error)) from error
            say("retry", after=round(pause, 2), cause=str(error)[:300])
            time.sleep(pause)
    raise AssertionError("pauses() has no end")


def granted(call: Callable[[], object], *, seconds: float) -> bool:
    """Whether a conditional write was made; False when its condition does not hold. Raises
    Unreachable."""

    def attempt() -> bool:
        try:
            call()
        except ClientError as error:
            if error.response["Error"]["Code"] == _REFUSED:
                return False
            raise
        return True

    return insist(attempt, seconds=seconds)
