"""A reply's way as bars: each as long as it took, and where it was."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.console.formats import Paint
from scripts.logs.trace import STAGES, WIDTH, bar, bars
from tests.support.log_lines import REPLY, REQUEST, failed, lines, turn

PLAIN = Paint(io.StringIO())
GOLDEN = f"""\
reply    {REPLY}, complete after 2.41 s, first words after 600 ms
asked    MOMENT, request {REQUEST}
model    bedrock mistral.mistral-7b-instruct-v0:2, 1,200 tokens in, 300 out, $0.000240

  gate      ▏                                                     12 ms  invite, quota, switch, budget
  handover  █                                                     38 ms  to the invocation that writes it
  history    ▏                                                     8 ms  what was said before is read
  open       ▏                                                    21 ms  money reserved, question stored
  model      ███████████                                         520 ms  until its first word
  stream                █████████████████████████████████████    1.79 s  from the first word to the last
  store                                                      ▏    20 ms  reply stored, cost settled
            0                                           2.41 s"""


def drawn(message: str) -> str:
    (line,) = lines(message)
    return "\n".join(bars(line, PLAIN))


def test_each_stage_is_a_bar_under_one_ruler():
    first, asked, *rest = drawn(turn()).splitlines()
    golden_first, golden_asked, *golden = GOLDEN.splitlines()
    assert (first, asked.split(", ")[1]) == (golden_first, golden_asked.split(", ")[1])
    assert "\n".join(rest) == "\n".join(golden)


def test_a_reply_that_failed_says_with_what_and_after_which_models():
    said = drawn(failed("model_timeout", fallbacks=[["a.model", "model_busy"]]))
    assert f"reply    {REPLY}, failed (model_timeout) after 2.41 s" in said
    assert "instead of a.model, which answered model_busy" in said
    assert said.endswith("No stage of it was written down.")


def test_a_reply_that_was_there_already_asked_no_model():
    assert "model    not asked: the reply was there already, or admission was refused" in drawn(
        turn(asked=False, outcome="found")
    )


def test_stages_of_another_version_are_drawn_by_their_names():
    said = drawn(
        turn(stages={"later": [100, 50], "sooner": [0, 100], "odd": "x", "\x1b[2J": [1, 2]})
    )
    names = [text.split()[0] for text in said.splitlines()[4:-1]]
    assert names == ["sooner", "[2J", "later"]
    assert "\x1b" not in said


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1, 1e6))
def test_a_bar_is_seen_and_stays_within_the_ruler(begin, duration, more):
    found = bar(begin, duration, begin + duration + more)
    assert len(found) == WIDTH
    assert found.strip()


def test_the_longest_stage_is_told_apart_by_colour(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = io.StringIO()
    stream.isatty = lambda: True
    (line,) = lines(turn())
    coloured = [text for text in bars(line, Paint(stream)) if "\033[33m" in text]
    assert [text.split()[0] for text in coloured] == ["stream"]


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_is_explained(stage):
    assert STAGES[stage] in drawn(turn(stages={stage: [0, 1]}))
