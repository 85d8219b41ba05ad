"""Retries with backoff, for an AWS that is out of reach or throttles."""

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from scripts.worker.log import log

# A write is given up sooner than a hung connection would: a heartbeat after 5 s comes too late.
CONFIG = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1})
SHORTEST, LONGEST = 0.1, 30.0  # seconds between two attempts

Answer = TypeVar("Answer")


class Unreachable(Exception):
    """AWS failed for as long as it was worth waiting."""


def backoff() -> Iterator[float]:
    """Seconds to wait after each failure in a row: doubling, with jitter, without end."""
    longest = SHORTEST
    while True:
        yield random.uniform(longest / 2, longest)
        longest = min(LONGEST, longest * 2)


def retry(call: Callable[[], Answer], *, seconds: float) -> Answer:
    """What `call` returns within that time. Raises Unreachable."""
    deadline = time.monotonic() + seconds
    for pause in backoff():
        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() + pause > deadline:
                raise Unreachable(str(error)) from error
            log("retry", after=round(pause, 2), cause=str(error)[:300])
            time.sleep(pause)
    raise AssertionError("backoff() has no end")
