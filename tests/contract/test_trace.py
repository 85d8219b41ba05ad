"""`make trace`: one reply is found by its id or its request's, over the wire of CloudWatch Logs."""

import argparse
import time

import pytest

from handler.ids import new_id
from scripts.commands import trace
from scripts.console.progress import Failure
from tests.support.log_lines import REPLY, REQUEST, http, refused, turn

DAY = 86_400


@pytest.mark.parametrize("which", ["reply", "request"])
def test_a_reply_is_found_by_either_id(deployed, run, which):
    reply = new_id(time.time() - 60)
    deployed.log(http(request_id="another"), turn(reply_id=reply))
    said, _ = run(trace.run, id=reply if which == "reply" else REQUEST)
    assert said[0] == f"reply    {reply}, complete after 2.41 s, first words after 600 ms"
    assert said[-1].endswith("2.41 s")


def test_one_that_was_asked_for_again_days_later_is_found(deployed, run):
    reply = new_id(time.time() - 5 * DAY)
    deployed.log(turn(reply_id=reply))
    assert run(trace.run, id=reply)[0][0].startswith(f"reply    {reply}")


def test_a_request_that_was_refused_is_shown_as_its_line(deployed, run):
    deployed.log(refused("quota_exceeded"))
    said, why = run(trace.run, id=REQUEST)
    assert "quota_exceeded" in said[0]
    assert why == "This request asked for no reply, or was refused before one began.\n"


def test_what_the_log_does_not_have_is_one_sentence(deployed):
    with pytest.raises(
        Failure, match=f"The log of the last 30 days has no {REPLY}: make logs shows the ids"
    ):
        trace.run(argparse.Namespace(id=REPLY), deployed)


def test_the_reply_that_was_written_comes_before_its_repetitions(deployed, run):
    reply = new_id(time.time() - 60)
    deployed.log(
        turn(reply_id=reply, request_id="again", asked=False, outcome="found", ms=3),
        turn(reply_id=reply),
    )
    assert "complete after 2.41 s" in run(trace.run, id=reply)[0][0]
