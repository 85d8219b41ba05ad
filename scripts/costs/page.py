"""docs/costs.md: prose by hand, and figures between `<!-- name -->` and `<!-- /name -->` by this code."""

import re
from collections.abc import Callable

from scripts import layout
from scripts.costs import flood, guardrail, idle, prices
from scripts.costs.plan import Limits

PATH = layout.ROOT / "docs/costs.md"


def _price_table(_limits: Limits) -> str:
    rows = [f"| what | USD, {prices.REGION}, {prices.READ} | page |", "|---|---|---|"]
    rows += [f"| {price.unit} | {price.usd:g} / {price.per:,} | `{price.page}` |" for price in prices.ALL]
    return "\n".join(rows)


# What stands between the marks, by their name.
BLOCKS: dict[str, Callable[[Limits], str]] = {
    "prices": _price_table,
    "throttles": flood.throttles,
    "flood": flood.table,
    "large bodies": flood.large_bodies,
    "guardrail": lambda _limits: guardrail.sentence(),
    "idle": lambda _limits: idle.table(),
}


def filled(text: str, limits: Limits) -> str:
    """The page with today's figures. Raises ValueError when its marks are not those of BLOCKS."""
    named = re.findall(r"^<!-- ([a-z ]+) -->$", text, re.MULTILINE)
    if sorted(named) != sorted(BLOCKS):
        raise ValueError(f"docs/costs.md marks {sorted(named)}; there are figures for {sorted(BLOCKS)}")
    for name in named:
        mark = re.escape(name)
        between = re.compile(rf"(^<!-- {mark} -->\n).*?(^<!-- /{mark} -->$)", re.MULTILINE | re.DOTALL)
        figures = BLOCKS[name](limits)
        text = between.sub(lambda found, figures=figures: f"{found[1]}{figures}\n{found[2]}", text)
    return text
