"""The table of models: what each can do and costs, one row a model, one price a region, in
models.json with its sources and date. `ladder` is the order in which one may take another's place.

Terraform reads the same file, so that a model without a price stops the deploy and not the first
guest."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# A row of models.json, as it is written there.
_Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Lengths in tokens."""

    id: str
    name: str
    takes_system: bool
    context: int
    max_output: int


@dataclass(frozen=True, slots=True)
class ModelRow(ModelFacts):
    """A model of Bedrock in any region. `temperature` and `top_p` are what Bedrock applies where a
    request names none."""

    temperature: float
    top_p: float


@dataclass(frozen=True, slots=True)
class ModelCard(ModelFacts):
    """A model in one region. Prices in nano-USD per token. `asked_as` is the id that a request
    names: the inference profile's where the region offers the model through one only."""

    input_price: int
    output_price: int
    asked_as: str

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """Nano-USD of a reply."""
        return input_tokens * self.input_price + output_tokens * self.output_price


def ladder() -> tuple[str, ...]:
    """Ids of Bedrock's models, the one that is recommended first."""
    return tuple(_table()["ladder"])


def row(model_id: str) -> ModelRow | None:
    found = _table()["models"].get(model_id)
    return ModelRow(**_facts(model_id, found), **found["defaults"]) if found else None


def card_for(model_id: str, region: str) -> ModelCard | None:
    """None where the table has no price for the model in the region."""
    found = _table()["models"].get(model_id, {})
    prices = found.get("usd_per_million_tokens", {}).get(region)
    if prices is None:
        return None
    return ModelCard(
        **_facts(model_id, found),
        input_price=_nanos(prices["input"]),
        output_price=_nanos(prices["output"]),
        asked_as=found.get("profiles", {}).get(region, {}).get("id", model_id),
    )


def worker_card() -> ModelCard:
    """The model worker, whatever model it serves: its hours are paid, not its tokens. `context` is
    one of its two slots."""
    found = _table()["worker"]
    facts = _facts(found["id"], found)
    return ModelCard(**facts, input_price=0, output_price=0, asked_as=found["id"])


def _facts(model_id: str, found: _Json) -> _Json:
    names = ("name", "takes_system", "context", "max_output")
    return {"id": model_id} | {name: found[name] for name in names}


@cache
def _table() -> _Json:
    table: _Json = json.loads((Path(__file__).parent / "models.json").read_text())
    return table


def _nanos(usd_per_million: float) -> int:
    """0.15 USD per million tokens are 150 nano-USD per token."""
    return round(usd_per_million * 1_000)
