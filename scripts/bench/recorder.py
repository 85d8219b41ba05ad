"""Goes into the measured function's zip, around its entry: notes what each invocation took and
wrote.

The emulator keeps no log of a socket's invocations, and an operating system's clock of a process is
too coarse for a single one."""

import io
import json
import os
import sys
import time

# What CloudWatch Logs adds to each event (its API reference, PutLogEvents).
EVENT_BYTES = 26


def invoke(event: object, context: object) -> object:
    """One invocation: a line in the file WITNESS with its seconds, its processor seconds and the
    bytes of its log lines."""
    from handler import app

    # The emulator tells $default that a socket closed; AWS tells nobody where there is no route
    # $disconnect.
    if isinstance(event, dict) and event.get("requestContext", {}).get("eventType") == "DISCONNECT":
        return {"statusCode": 200}
    began, cpu, written, real = time.perf_counter(), time.process_time(), io.StringIO(), sys.stdout
    sys.stdout = written
    try:
        return app.handler(event, context)
    finally:
        sys.stdout = real
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
        log_bytes = sum(
            len(line.encode()) + EVENT_BYTES for line in written.getvalue().splitlines()
        )
        with open(os.environ["WITNESS"], "a") as file:
            file.write(
                json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "log_bytes": log_bytes})
                + "\n"
            )
