"""One JSON object a line: what happened and how long it took. Never a message's text, never a
token."""

import json
import time


def log(event: str, request_id: str, started: float, **fields: object) -> None:
    """`started` is a reading of the monotonic clock; fields that are None are left out."""
    ms = round((time.monotonic() - started) * 1000)
    given = {name: value for name, value in fields.items() if value is not None}
    line = {"event": event, "request_id": request_id, "ms": ms} | given
    print(json.dumps(line, default=str), flush=True)
