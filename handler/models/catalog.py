"""What each Bedrock model can do and costs: one row a model, one price a region.

Limits from the Bedrock user guide's model pages; prices are the list prices of aws.amazon.com/bedrock/pricing, on demand, read in autumn
2026. USD per million tokens is the same figure as nano-USD per token times 1,000, so 0.15 becomes 150.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model in one region. Lengths in tokens; prices in nano-USD per token."""

    id: str
    name: str
    takes_system: bool
    context: int
    max_output: int
    input_price: int
    output_price: int

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """Nano-USD of a reply."""
        return input_tokens * self.input_price + output_tokens * self.output_price


# id: (name, takes a system prompt, context, longest output, {region: (input, output)})
_MODELS = {
    "mistral.mistral-7b-instruct-v0:2": (
        "Mistral 7B Instruct",
        False,
        32_000,
        4_096,
        {"us-east-1": (150, 200), "sa-east-1": (250, 340)},
    ),
}


def card_for(model_id: str, region: str) -> ModelCard | None:
    """The row of a model in a region, or None where the table has no price for it."""
    row = _MODELS.get(model_id)
    if row is None or region not in row[4]:
        return None
    name, takes_system, context, max_output, prices = row
    return ModelCard(model_id, name, takes_system, context, max_output, *prices[region])
