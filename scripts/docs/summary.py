"""The few figures of both READMEs."""

from scripts.costs import flood, measured, months
from scripts.costs.plan import PlannedLimits


def english(limits: PlannedLimits) -> str:
    """README.md's."""
    run = measured.last()
    busy = sum(months.month(1_000, limits).values())
    rows = [
        ("a month in which nobody comes", f"{months.idle(limits):.2f}"),
        (
            f"1,000 replies ({run.input_tokens:,} tokens in, {run.output_tokens} out), the model",
            f"{run.model_usd():.2f}",
        ),
        ("1,000 replies, everything else", f"{run.usd():.3f}"),
        ("a month with 1,000 replies, the page and all that is kept included", f"{busy:.2f}"),
        ("a day in which strangers flood both APIs, at most", f"{flood.total(limits):.2f}"),
    ]
    return _table("what", "USD", rows)


def portuguese(limits: PlannedLimits) -> str:
    """README.pt-BR.md's."""
    run = measured.last()
    busy = sum(months.month(1_000, limits).values())
    rows = [
        ("um mês em que ninguém aparece", f"{months.idle(limits):.2f}"),
        (
            f"1.000 respostas ({_dotted(run.input_tokens)} tokens de entrada, {run.output_tokens} de saída), o modelo",
            f"{run.model_usd():.2f}",
        ),
        ("1.000 respostas, todo o resto", f"{run.usd():.3f}"),
        (
            "um mês com 1.000 respostas, incluindo a página e tudo o que fica guardado",
            f"{busy:.2f}",
        ),
        ("um dia em que estranhos inundam as duas APIs, no máximo", f"{flood.total(limits):.2f}"),
    ]
    return _table("o quê", "US$", [(what, _comma(usd)) for what, usd in rows])


def _table(what: str, usd: str, rows: list[tuple[str, str]]) -> str:
    return "\n".join(
        [f"| {what} | {usd} |", "|---|---:|", *(f"| {name} | {amount} |" for name, amount in rows)]
    )


def _comma(number: str) -> str:
    return number.replace(".", ",")


def _dotted(number: int) -> str:
    return f"{number:,}".replace(",", ".")
