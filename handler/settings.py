"""The function's environment, read once. Terraform declares the same names
(docs/architecture.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from handler.models.catalog import ModelCard, card_for
from handler.money import NANO, SpendingLimits

# The range of a limit (USD): below, no turn would fit; above lies a slip of the keyboard.
# terraform/variables.tf has the same.
_LEAST_USD = Decimal("0.01")
_MOST_USD = 10_000

Number = TypeVar("Number", int, Decimal)


class SettingsError(Exception):
    """A variable is missing or wrong; the text names the key, its value and the accepted range."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`models` in the order in which they are called, `limits` in nano-USD, `max_tokens` in output
    tokens of one reply."""

    table_name: str
    models: tuple[ModelCard, ...]
    persona: str
    max_tokens: int
    limits: SpendingLimits
    site_origin: str
    function_name: str
    worker_queue_url: str
    guardrail: dict[str, str] | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises SettingsError for the first key that is missing or has no usable value."""
        models = _models(environ)
        monthly = _usd(environ, "MONTHLY_LIMIT_USD")
        daily = _usd(environ, "DAILY_LIMIT_USD")
        max_tokens = _number(environ, "MAX_TOKENS", int, 1, 1_000_000)
        return cls(
            table_name=_text(environ, "TABLE_NAME"),
            models=models,
            persona=environ.get("PERSONA", "").strip(),
            max_tokens=min(max_tokens, models[0].max_output),
            limits=SpendingLimits(monthly, daily),
            site_origin=_text(environ, "SITE_ORIGIN").rstrip("/"),
            function_name=_text(environ, "AWS_LAMBDA_FUNCTION_NAME"),
            worker_queue_url=_text(environ, "WORKER_QUEUE_URL"),
            guardrail=_guardrail(environ),
        )


def _models(environ: Mapping[str, str]) -> tuple[ModelCard, ...]:
    """The main model, then its fallbacks, each once."""
    region = _text(environ, "AWS_REGION")
    named = dict.fromkeys([_text(environ, "MODEL_ID")], "MODEL_ID")
    for model_id in environ.get("FALLBACK_MODEL_IDS", "").split():
        named.setdefault(model_id, "FALLBACK_MODEL_IDS")
    cards = []
    for model_id, key in named.items():
        card = card_for(model_id, region)
        if card is None:
            raise SettingsError(
                f"{key}={model_id!r} has no row in handler/models/models.json for region {region}"
            )
        cards.append(card)
    return tuple(cards)


def _guardrail(environ: Mapping[str, str]) -> dict[str, str] | None:
    """ConverseStream's `guardrailConfig`, where Terraform made a guardrail. `sync` holds words back
    until they are checked."""
    if not environ.get("GUARDRAIL_ID"):
        return None
    return {
        "guardrailIdentifier": environ["GUARDRAIL_ID"],
        "guardrailVersion": _text(environ, "GUARDRAIL_VERSION"),
        "streamProcessingMode": "sync",
    }


def _text(environ: Mapping[str, str], key: str) -> str:
    value = environ.get(key, "").strip()
    if not value:
        raise SettingsError(f"{key} is not set")
    return value


def _usd(environ: Mapping[str, str], key: str) -> int:
    """Nano-USD."""
    return int(_number(environ, key, Decimal, _LEAST_USD, _MOST_USD) * NANO)


def _number(
    environ: Mapping[str, str], key: str, kind: Callable[[str], Number], least: Number, most: int
) -> Number:
    text = _text(environ, key)
    try:
        value = kind(text)
        usable = least <= value <= most
    except (ValueError, InvalidOperation) as error:
        raise SettingsError(f"{key}={text!r} is not a number") from error
    if not usable:
        raise SettingsError(f"{key}={text!r} is not between {least} and {most:,}")
    return value
