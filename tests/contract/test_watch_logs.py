"""`make logs`: what the function wrote, as a person reads it, over the wire of CloudWatch Logs."""

import argparse
import io
import time

import pytest

from scripts.commands import logs
from scripts.console.counter import Counter
from scripts.console.progress import Failure
from scripts.logs import events
from tests.support.deployed_stack import GROUP
from tests.support.log_lines import failed, http, refused, report, turn

HOUR = 3600


def page(*times: int, token: str | None = None) -> dict:
    told = [{"timestamp": at, "message": f"{at}", "logStreamName": "one"} for at in times]
    return {"events": told} | ({"nextToken": token} if token else {})


def test_every_line_of_the_time_is_shown_and_none_before_it(deployed, run):
    deployed.log(http(), ago=2 * HOUR)
    deployed.log(
        turn(),
        failed("internal", error="Traceback\nKeyError: 'pk'"),
        report(90),
        report(90, "timeout"),
        "START of the emulator's",
    )
    said, counted = run(logs.run, since=HOUR, code=None)
    assert [line.split()[2] for line in said if not line.startswith("    ")] == [
        "turn",
        "turn",
        "report",
    ]
    assert "    KeyError: 'pk'" in said
    assert (
        counted == "3 lines in the last 1 h, 1 of them of something that failed or was refused.\n"
    )


def test_a_code_leaves_only_what_ended_with_it(deployed, run):
    deployed.log(turn(), failed("model_busy"), refused("quota_exceeded"), failed("model_timeout"))
    said, counted = run(logs.run, since=HOUR, code="model_busy")
    assert [line.split()[3] for line in said] == ["model_busy"]
    assert counted == "1 line with model_busy in the last 1 h.\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            None,
            "No line in the last 30 min: nobody asked anything, and the model's switch was off. "
            "SINCE=3d looks further back.\n",
        ),
        (
            "internal",
            "No line with internal in the last 30 min: nothing ended like that. SINCE=3d looks "
            "further back.\n",
        ),
    ],
)
def test_an_empty_log_says_what_that_means(run, code, said):
    assert run(logs.run, since=1800, code=code) == ([], said)


def test_a_group_that_is_gone_is_one_sentence(deployed):
    deployed.outputs["log_group"] = "/aws/lambda/gone"
    with pytest.raises(Failure, match="The log group /aws/lambda/gone is gone: run make deploy"):
        logs.run(argparse.Namespace(since=HOUR, code=None), deployed)


def test_pages_are_read_to_the_last_also_after_an_empty_one(deployed):
    client = deployed.stub("logs")
    asked = {"logGroupName": GROUP, "startTime": 1_000, "endTime": 9_000, "filterPattern": "{}"}
    with client:
        client.add_response("filter_log_events", page(1_000, 2_000, token="a"), asked)
        client.add_response("filter_log_events", page(token="b"), asked | {"nextToken": "a"})
        client.add_response("filter_log_events", page(3_000), asked | {"nextToken": "b"})
        found = list(events.read(deployed, since=1, until=9, pattern="{}"))
    assert [event.at for event in found] == [1, 2, 3]


def test_an_emulator_that_cuts_without_a_token_is_asked_on_by_time(deployed, monkeypatch):
    monkeypatch.setattr(events, "PAGE", 3)
    client = deployed.stub("logs")
    asked = {"logGroupName": GROUP, "startTime": 1_000, "endTime": 9_000}
    with client:
        client.add_response("filter_log_events", page(1_000, 2_000, 3_000), asked)
        client.add_response("filter_log_events", page(3_000, 4_000), asked | {"startTime": 3_000})
        found = list(events.read(deployed, since=1, until=9))
    assert [event.at for event in found] == [1, 2, 3, 4]


def test_a_long_reading_says_how_far_it_is(deployed, monkeypatch):
    stream = io.StringIO()
    ticks = iter(range(0, 100, 3))
    counter = Counter("Read", things="lines of the log", stream=stream, clock=lambda: next(ticks))
    monkeypatch.setattr(events, "Counter", lambda *_, **__: counter)
    deployed.log(turn())
    assert len(list(events.read(deployed, since=time.time() - HOUR, until=time.time()))) == 1
    assert stream.getvalue() == "Read 1 lines of the log, 0 a second\n"
