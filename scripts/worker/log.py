"""The worker's log: one JSON object a line on stderr, never a word of a message."""

import json
import sys
import time


def say(event: str, **facts: object) -> None:
    """One line."""
    print(
        json.dumps({"time": round(time.time(), 3), "event": event, **facts}, default=str),
        file=sys.stderr,
        flush=True,
    )
