"""A connection reads a reply in few pieces, in order, without a gap, and blocks nobody."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.chat.broadcast import FRAME, Sender, is_due
from handler.chat.transcript import ReplyEnd, Transcript
from tests.support.waiting import until

PATIENCE = 120  # seconds
STARTED = {"type": "started", "message_id": "m", "reply_id": "r", "conversation_id": "c"}


def tell(pieces: list[str], pace: float = 0) -> list[dict]:
    """The frames of a reply whose first words are waited for."""
    frames: list[dict] = []
    transcript = Transcript()
    sender = Sender(lambda frame: frames.append(frame) or True, STARTED, transcript)
    sender.start()
    for piece in pieces:
        transcript.write(piece)
        if pace and len(frames) < 2:
            until(lambda: len(frames) > 1, "the first words have come")
        time.sleep(pace)
    transcript.close(ReplyEnd("complete"))
    sender.finish({"type": "finished"})
    sender.join(PATIENCE)
    assert not sender.is_alive()
    return frames


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=300), max_size=40))
def test_any_pieces_arrive_whole_and_numbered_without_gaps(pieces):
    first, *deltas, last = tell(pieces)
    assert (first, last) == (STARTED, {"type": "finished"})
    assert "".join(frame["text"] for frame in deltas) == "".join(pieces)
    assert [frame["seq"] for frame in deltas] == list(range(len(deltas)))


def test_a_long_reply_is_cut_into_frames_that_the_gateway_takes():
    frames = tell(["😀" * 20_000])
    assert max(len(frame.get("text", "")) for frame in frames) <= FRAME
    assert "".join(frame.get("text", "") for frame in frames) == "😀" * 20_000


def test_fast_and_slow_models_take_few_posts_and_the_first_words_come_at_once():
    fast = tell([f"word{n} " for n in range(300)], pace=0.004)
    assert len(fast) <= 27
    assert fast[1]["text"] == "word0 "


@pytest.mark.parametrize("tokens_per_second", [3, 6, 10, 30, 60, 100, 300])
def test_300_tokens_take_at_most_25_posts_at_any_speed(tokens_per_second):
    """Simulated: the rule decides every 20 ms of a clock that the test turns."""
    now, sent, since, posts, pauses = 0.0, 4, 0.0, 1, []
    while now < 300 / tokens_per_second:
        now += 0.02
        written = min(300, int(now * tokens_per_second)) * 4
        if written > sent and is_due(written - sent, sent, now - since):
            pauses.append(now - since)
            sent, since, posts = written, now, posts + 1
    assert posts + (sent < 1_200) <= (11 if tokens_per_second >= 60 else 25)
    assert max(pauses) < (3 if tokens_per_second >= 6 else 5)


def test_a_connection_that_is_gone_ends_its_own_thread_only():
    transcript = Transcript()
    gone = Sender(lambda frame: False, STARTED, transcript)
    gone.start()
    gone.join(PATIENCE)
    assert not gone.is_alive()
    assert transcript.write("still writing")


def test_a_transcript_keeps_nothing_that_comes_after_its_end():
    transcript = Transcript()
    assert transcript.write("before")
    transcript.close(ReplyEnd("stopped"))
    transcript.close(ReplyEnd("complete"))
    assert not transcript.write("after")
    assert (transcript.text, transcript.end.status) == ("before", "stopped")


def test_waiting_for_an_end_wakes_at_once():
    transcript = Transcript()
    threading.Timer(0.05, transcript.close, [ReplyEnd("complete")]).start()
    began = time.monotonic()
    assert transcript.wait_end(PATIENCE)
    assert time.monotonic() - began < PATIENCE / 2
