"""Text is never cut inside what a reader sees as one character."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.text import title_of, whole

CLUSTERS = [
    "a",
    "é",
    "e\u0301",
    "ção",
    "🇧🇷",
    "👩‍👩‍👧",
    "👍🏽",
    "❤️",
    "नि",
    "שָׁ",
    "한",
    " ",
    "\n",
    ".",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
]


@pytest.mark.parametrize("cluster", ["e\u0301", "👍🏽", "👩‍👩‍👧", "🇧🇷", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
def test_a_cluster_is_shown_whole_or_not_at_all(cluster):
    for arrived in range(1, len(cluster) + 1):
        assert whole("x " + cluster[:arrived]) == 2


def test_a_finished_sentence_does_not_wait():
    assert whole("Done.") == 5
    assert whole("Done. ") == 6
    assert whole("") == 0


@given(st.lists(st.sampled_from(CLUSTERS), max_size=30), st.data())
def test_whatever_the_model_writes_in_whatever_pieces_nothing_is_broken_or_lost(clusters, data):
    text = "".join(clusters)
    shown, arrived, pieces = 0, 0, []
    while arrived < len(text):
        arrived += data.draw(st.integers(1, 4))
        ready = shown + whole(text[shown : min(arrived, len(text))])
        pieces.append(text[shown:ready])
        shown = ready
    assert "".join(pieces) + text[shown:] == text
    for piece in pieces:
        assert not piece or not (unicodedata.combining(piece[0]) or piece[0] in "\u200d\ufe0f")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("  Hello  there \nsecond line", "Hello there"),
        ("word " * 30, "word " * 11 + "word…"),
        ("x" * 100, "x" * 59 + "…"),
        ("\n\nAfter blank lines", "After blank lines"),
    ],
)
def test_a_title_is_the_first_line_cut_between_words(text, title):
    assert title_of(text) == title


@given(st.text(min_size=1).filter(str.strip))
def test_any_message_has_a_title(text):
    assert 0 < len(title_of(text)) <= 61
