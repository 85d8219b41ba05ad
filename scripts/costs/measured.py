"""What `make bench-cost` measured last: measured.json, and what a reply costs by it."""

import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from scripts.costs import prices
from scripts.costs.operations import Operations, bill, usd

PATH = Path(__file__).with_name("measured.json")
# What 1,000 replies may cost besides the model (USD): less than 15 % of what Mistral 7B takes for
# them.
TARGET_USD = 0.035
REPLIES = 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """`parts` are the mean operations of a reply and of what the page does beside it, `site_bytes`
    what the page weighs. `tokens_a_second` is the reference model's pace, None for another model.
    """

    date: str
    command: str
    memory_mb: int
    turns: int
    input_tokens: int
    output_tokens: int
    prompt_bytes: int
    tokens_a_second: float | None
    site_bytes: int
    parts: dict[str, Operations]
    units: dict[str, float] = field(default_factory=dict)

    @property
    def is_reference(self) -> bool:
        """Whether it is the turn that this project reckons with."""
        return self.tokens_a_second is not None

    def bill(self, part: str = "reply") -> dict[str, float]:
        """USD for 1,000 of a part by service, without the model."""
        one = bill(self.parts[part], self.memory_mb)
        return {service: amount * REPLIES for service, amount in one.items()}

    def usd(self, part: str = "reply") -> float:
        """USD for 1,000 of a part, without the model."""
        return usd(self.parts[part], self.memory_mb) * REPLIES

    def model_usd(self) -> float:
        """USD that the model takes for 1,000 replies."""
        return prices.model_usd(self.input_tokens, self.output_tokens) * REPLIES

    def json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=str) + "\n"


@cache
def last() -> Run:
    found = json.loads(PATH.read_text())
    parts = {name: Operations(**counted) for name, counted in found.pop("parts").items()}
    return Run(**found, parts=parts)
