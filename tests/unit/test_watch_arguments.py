"""What the log commands take from the command line, and what they refuse with a sentence."""

import argparse

import pytest

from scripts.logs import arguments


def test_a_time_back_is_minutes_hours_or_days():
    assert [arguments.span(text) for text in ("30m", "2h", "3d")] == [1_800, 7_200, 259_200]


@pytest.mark.parametrize(
    "text", ["", "5", "h", "0h", "-1h", "1.5h", "2 h", "1w", "91d", "1h; ls", "９h"]
)
def test_any_other_time_is_refused_with_a_sentence(text):
    with pytest.raises(
        argparse.ArgumentTypeError, match="is no time back from now: write 30m, 2h or 3d, up to 90d"
    ):
        arguments.span(text)


def test_an_unknown_code_lists_those_there_are():
    assert arguments.code("model_busy") == "model_busy"
    with pytest.raises(
        argparse.ArgumentTypeError,
        match=r"'busy' is no code: there are budget_exhausted, .*, unauthorized",
    ):
        arguments.code("busy")


@pytest.mark.parametrize(
    "text", ['x" || ($.event = *)', "a b c d e f", "short", "x" * 65, "naïveté"]
)
def test_what_could_change_the_question_to_the_log_is_no_id(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no id"):
        arguments.log_id(text)


def test_a_trace_without_an_id_asks_for_one():
    with pytest.raises(argparse.ArgumentTypeError, match="say which reply"):
        arguments.log_id("")
