"""Goes into the measured function's zip, around its entry: notes what each invocation took and
wrote.

The emulator keeps no log of a socket's invocations, and an operating system's clock of a process is
too coarse for a single one."""

import io
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

# What CloudWatch Logs adds to each event (its API reference, PutLogEvents).
EVENT_BYTES = 26


def invoke(event: Any, context: Any) -> object:
    """One invocation: a line in the file RECORD with its seconds, its processor seconds and the
    bytes of its log lines."""
    from handler import app

    # The emulator sends the end of a socket to $default; AWS sends it nowhere, as there is no route
    # $disconnect.
    if isinstance(event, dict) and event.get("requestContext", {}).get("eventType") == "DISCONNECT":
        return {"statusCode": 200}
    began, cpu = time.perf_counter(), time.process_time()
    stdout = sys.stdout
    sys.stdout = written = io.StringIO()
    try:
        return app.handler(event, context)
    finally:
        sys.stdout = stdout
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
        lines = written.getvalue().encode().splitlines()
        log_bytes = sum(len(line) + EVENT_BYTES for line in lines)
        found = {"seconds": seconds, "cpu_seconds": cpu_seconds, "log_bytes": log_bytes}
        with Path(os.environ["RECORD"]).open("a") as file:
            file.write(json.dumps(found) + "\n")
