"""What is written on the page can be read: its colours' contrast, as WCAG 2.2 reckons it (AA)."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "site/css/tokens.css"
SURFACES = ("page", "side", "raised", "bubble", "sunken", "accent-soft", "danger-soft")
WRITTEN = ("text", "quiet", "accent", "danger")
SCHEMES = ("light", "dark")
TEXT, CONTROL = 4.5, 3


def luminance(colour: str) -> float:
    digits = colour.strip().lstrip("#")
    channels = [digits[at : at + 2] for at in (0, 2, 4)] if len(digits) > 4 else list(digits[:3])
    parts = [int(one * (2 // len(one)), 16) / 255 for one in channels]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(params=SCHEMES)
def colours(request) -> dict[str, str]:
    """A scheme's colours by their names."""
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", TOKENS.read_text())
    return {name: pair[SCHEMES.index(request.param)] for name, *pair in pairs}


def test_black_on_white_is_21_to_1():
    assert contrast("#000", "#ffffff") == pytest.approx(21)


def test_text_stands_out_from_every_surface(colours):
    pairs = [(text, surface) for text in WRITTEN for surface in SURFACES]
    pairs += [("on-accent", "accent"), ("on-accent", "danger"), ("page", "text")]
    seen = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in seen.items() if ratio < TEXT} == {}


def test_the_frame_of_a_control_stands_out(colours):
    surfaces = ("page", "side", "raised", "sunken")
    seen = {name: round(contrast(colours["line-strong"], colours[name]), 2) for name in surfaces}
    assert {name: ratio for name, ratio in seen.items() if ratio < CONTROL} == {}
