"""Lines of the log as a person reads them: what is there in words, and nothing that must not be."""

import io
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.telemetry.metrics import METRICS
from scripts.console.formats import Paint
from scripts.logs.day import Day
from scripts.logs.events import Event
from scripts.logs.lines import parsed
from scripts.logs.render import shown
from scripts.logs.table import table
from scripts.logs.trace import bars
from tests.support.log_lines import (
    REPLY,
    REQUEST,
    failed,
    http,
    lines,
    probe,
    refused,
    report,
    turn,
)

PLAIN = Paint(io.StringIO())


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def read(message: str) -> list[str]:
    (line,) = lines(message, at=1_795_406_782.8)
    return list(shown(line, PLAIN))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            turn(),
            "turn     complete            2.41 s  first words 600 ms, 1,200 in, 300 out, $0.000240, "
            f"bedrock mistral.mistral-7b-instruct-v0:2  reply {REPLY}",
        ),
        (
            turn(backend="worker", model="worker", fallbacks=[["a.model", "model_busy"]]),
            "turn     complete            2.41 s  first words 600 ms, 1,200 in, 300 out, $0.000240, "
            f"worker, instead of a.model (model_busy)  reply {REPLY}",
        ),
        (
            failed(),
            f"turn     model_busy          2.41 s  failed, bedrock mistral.mistral-7b-instruct-v0:2  reply {REPLY}",
        ),
        (http(), f"http     200                  13 ms  GET /me  request {REQUEST}"),
        (refused(), f"http     quota_exceeded       13 ms  POST /chat 429  request {REQUEST}"),
        (probe(), f"probe    answered            240 ms  bedrock  request {REQUEST}"),
        (
            probe(False, code="model_timeout"),
            f"probe    model_timeout       240 ms  bedrock  request {REQUEST}",
        ),
        (report(128, "timeout"), f"report   timeout                     request {REQUEST}"),
        (
            report(128, "error", errorType="Runtime.OutOfMemory"),
            f"report   Runtime.OutOfMemory           request {REQUEST}",
        ),
        (
            json.dumps({"event": "rest", "request_id": "", "ms": 0, "error": "no"}),
            "rest                           0 ms\n    no",
        ),
    ],
)
def test_each_line_says_what_happened_how_long_it_took_and_to_whom(message, said):
    assert "\n".join(read(message)) == f"11-23 04:06:22  {said}"


def test_a_trace_stands_beneath_its_line_with_its_last_line_at_the_end():
    trace = "Traceback (most recent call last):\n  File \"handler/chat/turn.py\", line 7\nKeyError: 'pk'\n"
    _, *beneath = read(failed("internal", error=trace))
    assert beneath == [
        "    Traceback (most recent call last):",
        '      File "handler/chat/turn.py", line 7',
        "    KeyError: 'pk'",
    ]


def test_what_a_line_must_not_hold_is_not_shown_even_if_it_does():
    planted = {
        "text": "my secret",
        "token": "WJA5__j8gm",
        "ip": "203.0.113.7",
        "email": "ana@example.com",
        "headers": {"a": "b"},
    }
    for message in (turn(**planted), http(**planted), probe(**planted), failed(**planted)):
        said = "\n".join(read(message))
        assert not [value for value in planted.values() if str(value) in said]


def test_a_terminal_is_shown_control_characters_and_obeys_none():
    said = "\n".join(
        read(
            failed(
                "internal",
                outcome="\033[2Jx",
                model="a\x07b",
                error="one\x1b]0;title\x07\r\ntwo\x9b31m",
            )
        )
    )
    assert "\033" not in said and "\x07" not in said and "\x9b" not in said and "\r" not in said
    assert "two" in said


@pytest.mark.parametrize(
    "message",
    [
        "START RequestId: 580f1605 Version: $LATEST",
        "REPORT RequestId: 580f1605\tDuration: 444 ms\tMax Memory Used: 0 MB",
        "{not json",
        "[]",
        "7",
        '{"event": 7}',
        '{"type": "platform.start", "record": {}}',
        '{"type": "platform.report", "record": []}',
        '{"level": "INFO", "message": "hello"}',
    ],
)
def test_what_else_a_group_holds_is_no_line(message):
    assert lines(message) == []


def test_pythons_own_word_on_a_package_that_does_not_start_is_shown():
    message = {
        "level": "ERROR",
        "requestId": "r",
        "errorType": "Runtime.ImportModuleError",
        "errorMessage": "No module named 'handler'",
    }
    first, second = read(json.dumps(message))
    assert "runtime  Runtime.ImportModuleError" in first
    assert second == "    No module named 'handler'"


ODD = [
    None,
    True,
    0,
    -1,
    10**400,
    float("nan"),
    float("inf"),
    "",
    "a\x1b[2J\nb",
    [],
    [[]],
    [["a", 1]],
    [1, 2],
    {},
    {"gate": [0, "x"]},
]
NAMES = [
    *METRICS,
    "ms",
    "stages",
    "fallbacks",
    "error",
    "code",
    "status",
    "first_delta_ms",
    "cost_usd",
    "available",
    "outcome",
]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(ODD)),
    st.sampled_from(["turn", "http", "frame", "probe", "report", "chunk"]),
)
def test_a_line_of_any_form_is_shown_somehow(fields, event):
    message = json.dumps(fields | {"event": event})
    for line in parsed([Event(0, message)]):
        assert all(
            text.isprintable()
            for text in [
                *shown(line, PLAIN),
                *bars(line, PLAIN),
                *table(Day([line], 0), emulated=False),
            ]
        )
