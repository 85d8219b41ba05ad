"""What a guardrail adds to a turn."""

import math

from scripts.costs import prices

# The turn that this project reckons with, in tokens, and the characters of a token in European
# languages.
INPUT_TOKENS, OUTPUT_TOKENS, CHARACTERS = 1_200, 300, 4


def of_a_turn() -> tuple[float, float]:
    """USD of the guardrail and of the model for one turn."""
    units = sum(math.ceil(tokens * CHARACTERS / 1_000) for tokens in (INPUT_TOKENS, OUTPUT_TOKENS))
    return prices.GUARDRAIL_UNIT.of(units), prices.model_usd(INPUT_TOKENS, OUTPUT_TOKENS)


def sentence() -> str:
    guardrail, model = of_a_turn()
    turn = f"A turn of {INPUT_TOKENS:,} tokens in and {OUTPUT_TOKENS} out"
    costs = f"costs {guardrail:.5f} USD to look at and {model:.5f} USD to answer"
    return f"{turn} {costs}: the guardrail is {guardrail / model:.0f} times the model."
