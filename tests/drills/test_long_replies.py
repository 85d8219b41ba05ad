"""Replies that outlast API Gateway's 29 seconds, on the whole local stack with a model of a known
slowness (`MODEL_URL`)."""

import itertools
import threading
import time

import pytest
import requests

from handler.ids import new_id
from tests.support.fake_openai import Script
from tests.support.slow_model import slow_model, text_of, whole, words

SECONDS = 90
PACE = 0.15
# The last word comes when all pauses are over: one more than fit.
WORDS = round(SECONDS / PACE) + 2


@pytest.fixture(scope="module")
def slow(stack):
    with slow_model(stack) as model:
        yield model


def test_a_reply_of_90_seconds_arrives_whole_and_a_second_reader_catches_up(stack, slow):
    slow.script = Script(words(WORDS), PACE)
    message_id, frames, late, asked = new_id(), [], [], len(slow.asked)

    def read_late() -> None:
        time.sleep(SECONDS / 2)
        with stack.socket() as connection:
            late.extend(stack.ask(connection, message_id, "Speak slowly."))

    reader = threading.Thread(target=read_late)
    reader.start()
    with stack.socket() as connection:
        frames = stack.ask(connection, message_id, "Speak slowly.")
    reader.join()

    assert frames[-1][1]["message"]["status"] == "complete"
    assert frames[-1][0] > SECONDS
    assert text_of(frames) == text_of(late) == whole(WORDS)
    assert len(slow.asked) == asked + 1
    moments = [at for at, _ in frames]
    pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
    print(
        f"{frames[-1][0]:.1f} s, {len(frames)} frames, longest pause {max(pauses):.2f} s, the "
        f"late reader's first words {late[1][0]:.2f} s"
    )
    # Seven words a second; nothing is cut at 29 s.
    assert max(pauses) < 20
    caught_up = late[1][1]["text"]
    assert len(caught_up) > len(whole(WORDS)) / 4


def test_a_turn_over_http_ends_by_itself_before_the_gateway_cuts_it(stack, slow):
    def ask() -> tuple[float, requests.Response]:
        began = time.monotonic()
        answer = stack.call("POST", "/chat", json={"text": "Too long for HTTP."})
        return time.monotonic() - began, answer

    slow.script = Script()
    at_best, _ = ask()
    slow.script = Script(words(1_400), 0.05)
    took, answer = ask()
    # What the machine itself takes for a turn is not the limit's.
    assert 24 < took < 28 + at_best
    reply = answer.json()["reply"]
    assert (answer.status_code, reply["status"]) == (200, "truncated")
    assert whole(1_400).startswith(reply["text"])
    assert len(reply["text"]) > 1_000
