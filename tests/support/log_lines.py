"""Lines as the function and Lambda write them into the log, for tests of what reads them."""

import json

from handler.telemetry.metrics import Metrics
from scripts.logs.events import Event
from scripts.logs.lines import LogLine, parsed

REPLY, REQUEST = "01KAQN3Z8V6R4T2C0X9M7B5H1D", "JKJaXmPLvHcESHA="
MODEL = "mistral.mistral-7b-instruct-v0:2"
STAGES = {
    "gate": [0, 12],
    "handover": [12, 38],
    "history": [50, 8],
    "open": [58, 21],
    "model": [80, 520],
    "stream": [600, 1_790],
    "store": [2_390, 20],
}


def turn(**more: object) -> str:
    """A reply that went well."""
    fields = {
        "event": "turn",
        "request_id": REQUEST,
        "ms": 2_410,
        "reply_id": REPLY,
        "guest_id": "01KAQN0000000000000000000A",
        "outcome": "complete",
        "asked": True,
        "model": MODEL,
        "backend": "bedrock",
        "first_delta_ms": 600,
        "input_tokens": 1_200,
        "output_tokens": 300,
        "cost_usd": 0.00024,
        "stages": STAGES,
    }
    metrics = Metrics("chat")(
        backend="bedrock",
        Failed=0,
        FirstDelta=600,
        ReplyTime=2_410,
        InputTokens=1_200,
        OutputTokens=300,
        Cost=0.00024,
        Availability=1,
    )
    return json.dumps(fields | metrics | more)


def failed(code: str = "model_busy", **more: object) -> str:
    """A reply of which the model wrote nothing."""
    kept = ("event", "request_id", "ms", "reply_id", "guest_id", "asked", "model", "backend")
    fields = {name: value for name, value in json.loads(turn()).items() if name in kept}
    counted = Metrics("chat")(backend="bedrock", Failed=1, ReplyTime=2_410, Availability=0)
    return json.dumps(fields | {"outcome": "failed", "code": code} | counted | more)


def http(**more: object) -> str:
    """An HTTP call."""
    return json.dumps(
        {"event": "http", "request_id": REQUEST, "ms": 13, "route": "GET /me", "status": 200} | more
    )


def refused(code: str = "quota_exceeded") -> str:
    """A call that admission refused."""
    return http(route="POST /chat", status=429, code=code, **Metrics("chat")(Refused=1))


def probe(available: bool = True, **more: object) -> str:
    """What the schedule asked."""
    counted = Metrics("chat")(backend="bedrock", Availability=int(available))
    return json.dumps(
        {
            "event": "probe",
            "request_id": REQUEST,
            "ms": 240,
            "backend": "bedrock",
            "available": available,
        }
        | counted
        | more
    )


def report(used: int, status: str = "success", **more: object) -> str:
    """Lambda's own of one invocation."""
    metrics = {
        "durationMs": 2_430.1,
        "billedDurationMs": 2_431,
        "memorySizeMB": 128,
        "maxMemoryUsedMB": used,
    }
    record = {"requestId": REQUEST, "status": status, "metrics": metrics}
    return json.dumps(
        {"time": "2026-11-23T04:06:22.833Z", "type": "platform.report", "record": record | more}
    )


def lines(*messages: str, at: float = 0) -> list[LogLine]:
    """Their lines."""
    return list(parsed(Event(at, message) for message in messages))
