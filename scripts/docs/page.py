"""The pages with figures: prose by hand, and figures between `<!-- name -->` and `<!-- /name -->`
by this code."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.costs import flood, guardrail, idle, months, prices
from scripts.costs.plan import PlannedLimits
from scripts.docs import summary
from scripts.workspace import paths

Blocks = Mapping[str, Callable[[PlannedLimits], str]]


def _price_table(_limits: PlannedLimits) -> str:
    rows = [f"| what | USD, {prices.REGION}, {prices.READ} | page |", "|---|---|---|"]
    rows += [
        f"| {price.unit} | {price.usd:g} / {price.per:,} | `{price.page}` |" for price in prices.ALL
    ]
    return "\n".join(rows)


# What stands between the marks of each page, by their name.
PAGES: dict[Path, Blocks] = {
    paths.ROOT / "docs/costs.md": {
        "measured": lambda _limits: months.sentence(),
        "reply": lambda _limits: months.reply(),
        "months": months.table,
        "worker": lambda _limits: months.worker(),
        "prices": _price_table,
        "throttles": flood.throttles,
        "flood": flood.table,
        "large bodies": flood.large_bodies,
        "guardrail": lambda _limits: guardrail.sentence(),
        "idle": lambda _limits: idle.table(),
    },
    paths.ROOT / "README.md": {"costs": summary.english},
    paths.ROOT / "README.pt-BR.md": {"costs": summary.portuguese},
}


def filled(text: str, limits: PlannedLimits, blocks: Blocks) -> str:
    """The page with today's figures. Raises ValueError when its marks are not those of `blocks`."""
    named = re.findall(r"^<!-- ([a-z ]+) -->$", text, re.MULTILINE)
    if sorted(named) != sorted(blocks):
        raise ValueError(f"the page marks {sorted(named)}; there are figures for {sorted(blocks)}")
    for name in named:
        mark = re.escape(name)
        between = re.compile(
            rf"(^<!-- {mark} -->\n).*?(^<!-- /{mark} -->$)", re.MULTILINE | re.DOTALL
        )
        figures = blocks[name](limits)
        text = between.sub(lambda found, figures=figures: f"{found[1]}{figures}\n{found[2]}", text)
    return text
