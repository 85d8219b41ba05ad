"""What a guardrail adds to a turn."""

import math

from handler.models.catalog import card_for
from scripts.costs import prices

# The turn that this project reckons with, in tokens, and the characters of a token in European
# languages.
INPUT_TOKENS, OUTPUT_TOKENS, CHARACTERS = 1_200, 300, 4
MODEL = "mistral.mistral-7b-instruct-v0:2"


def of_a_turn() -> tuple[float, float]:
    """USD of the guardrail and of the model for one turn."""
    units = sum(math.ceil(tokens * CHARACTERS / 1_000) for tokens in (INPUT_TOKENS, OUTPUT_TOKENS))
    model = card_for(MODEL, prices.REGION).cost(INPUT_TOKENS, OUTPUT_TOKENS) / 1e9
    return prices.GUARDRAIL_UNIT.of(units), model


def sentence() -> str:
    """Both, side by side."""
    guardrail, model = of_a_turn()
    return (
        f"A turn of {INPUT_TOKENS:,} tokens in and {OUTPUT_TOKENS} out costs {guardrail:.5f} USD to look at and {model:.5f} USD to answer:"
        f" the guardrail is {guardrail / model:.0f} times the model."
    )
