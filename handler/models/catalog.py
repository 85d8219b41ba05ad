"""What each model can do and costs, from models.json: one row a model, one price a region, with
their source and date.

Terraform reads the same file, so that a model without a price stops the deploy and not the first
guest."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FACTS = ("name", "takes_system", "context", "max_output")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model in one region. Lengths in tokens; prices in nano-USD per token. `asked_as` is the
    inference profile through which it is asked where it is not offered by itself, else its id."""

    id: str
    name: str
    takes_system: bool
    context: int
    max_output: int
    input_price: int
    output_price: int
    asked_as: str

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """Nano-USD of a reply."""
        return input_tokens * self.input_price + output_tokens * self.output_price


def card_for(model_id: str, region: str) -> ModelCard | None:
    """The row of a model of Bedrock in a region, or None where the table has no price for it."""
    row = _table()["models"].get(model_id)
    if row is None or region not in row["usd_per_million_tokens"]:
        return None
    prices = row["usd_per_million_tokens"][region]
    profile = row.get("profiles", {}).get(region, {})
    facts = (row[name] for name in _FACTS)
    return ModelCard(
        model_id,
        *facts,
        *(_nanos(prices[side]) for side in ("input", "output")),
        profile.get("id", model_id),
    )


def worker_card() -> ModelCard:
    """The model worker, whatever model it serves: its hours are paid, not its tokens. `context` is
    one of its two slots."""
    row = _table()["worker"]
    return ModelCard(row["id"], *(row[name] for name in _FACTS), 0, 0, row["id"])


@cache
def _table() -> dict:
    return json.loads((Path(__file__).parent / "models.json").read_text())


def _nanos(usd_per_million: float) -> int:
    """USD per million tokens is the same figure as nano-USD per token times 1,000, so 0.15 becomes
    150."""
    return round(usd_per_million * 1_000)
