"""The worker's log: one JSON object a line on stderr, never a word of a message."""

import json
import sys
import time


def log(event: str, **facts: object) -> None:
    line = {"time": round(time.time(), 3), "event": event, **facts}
    print(json.dumps(line, default=str), file=sys.stderr, flush=True)
