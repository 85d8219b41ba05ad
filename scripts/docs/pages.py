"""The documents with figures: prose by hand, and between `<!-- name -->` and `<!-- /name -->` what
is computed from Terraform's plan, the last `make bench-cost` and the price table."""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.costs import flood, idle, months, prices, scale
from scripts.costs.markdown import table
from scripts.costs.measured import last
from scripts.costs.plan import PlannedLimits, planned
from scripts.workspace.paths import ROOT

Blocks = Mapping[str, Callable[[PlannedLimits], str]]


def english(limits: PlannedLimits) -> str:
    """README.md's few figures."""
    run = last()
    nobody, tokens = "a month in which nobody comes", f"{run.input_tokens:,} tokens in"
    replies = f"1,000 replies ({tokens}, {run.output_tokens} out), the model"
    busy = "a month with 1,000 replies, the page and all that is kept included"
    flooded = "a day in which strangers flood both APIs, at most"
    names = (nobody, replies, "1,000 replies, everything else", busy, flooded)
    return table("what|USD:", zip(names, _figures(limits), strict=True))


def portuguese(limits: PlannedLimits) -> str:
    """The same figures for README.pt-BR.md."""
    run = last()
    tokens = f"{run.input_tokens:,} tokens de entrada".replace(",", ".")
    names = (
        "um mês em que ninguém aparece",
        f"1.000 respostas ({tokens}, {run.output_tokens} de saída), o modelo",
        "1.000 respostas, todo o resto",
        "um mês com 1.000 respostas, incluindo a página e tudo o que fica guardado",
        "um dia em que estranhos inundam as duas APIs, no máximo",
    )
    figures = [figure.replace(".", ",") for figure in _figures(limits)]
    return table("o quê|US$:", zip(names, figures, strict=True))


def _figures(limits: PlannedLimits) -> list[str]:
    """USD: an idle month, 1,000 replies' model and their rest, a month with them, a flooded day."""
    idle_month, busy_month = (sum(months.month(n, limits).values()) for n in (0, 1_000))
    replies = [f"{last().model_usd():.2f}", f"{last().usd():.3f}"]
    return [f"{idle_month:.2f}", *replies, f"{busy_month:.2f}", f"{flood.total(limits):.2f}"]


PAGES: dict[Path, Blocks] = {
    ROOT / "docs/costs.md": {
        "measured": lambda _limits: months.sentence(),
        "reply": lambda _limits: months.reply(),
        "months": months.months_table,
        "worker": lambda _limits: months.worker(),
        "prices": lambda _limits: prices.price_table(),
        "throttles": flood.throttles_table,
        "flood": flood.flood_table,
        "large bodies": flood.large_bodies,
        "guardrail": lambda _limits: months.guardrail(),
        "idle": lambda _limits: idle.idle_table(),
    },
    ROOT / "docs/scale.md": {"costs": scale.costs_table, "limits": scale.limits_table},
    ROOT / "README.md": {"costs": english},
    ROOT / "README.pt-BR.md": {"costs": portuguese},
}


def filled(text: str, limits: PlannedLimits, blocks: Blocks) -> str:
    """The page with today's figures. Raises ValueError when its marks are not those of `blocks`."""
    named = re.findall(r"^<!-- ([a-z ]+) -->$", text, re.MULTILINE)
    if sorted(named) != sorted(blocks):
        raise ValueError(f"the page marks {sorted(named)}; there are figures for {sorted(blocks)}")
    for name in named:
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
        before, _, rest = text.partition(opening)
        _, _, after = rest.partition(closing)
        text = f"{before}{opening}{blocks[name](limits)}\n{closing}{after}"
    return text


def refresh(*, check: bool) -> int:
    """Writes today's figures into the pages. With `check` it writes nothing, and 1 says that a page
    is out of date. Raises Failure when Terraform cannot plan the stack."""
    limits = PlannedLimits.of(planned())
    outdated = False
    for path, blocks in PAGES.items():
        before = path.read_text()
        after = filled(before, limits, blocks)
        if after == before:
            continue
        outdated = True
        if check:
            print(f"{path.name} is out of date: run make docs", file=sys.stderr)
        else:
            path.write_text(after)
    return int(check and outdated)
