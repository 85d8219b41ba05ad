"""The function's environment, read once into a typed value. Terraform declares the same names
(docs/architecture.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from handler.models.catalog import ModelCard, card_for
from handler.money import NANO, SpendingLimits

# What a limit may be (USD): below, no turn would fit; above lies a slip of the keyboard.
# terraform/variables.tf has the same.
_LEAST_USD, _MOST_USD = Decimal("0.01"), 10_000


class SettingsError(Exception):
    """A variable is missing or wrong; the text names the key, its value and what was wanted."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`models` in the order in which they are asked, `limits` in nano-USD, `max_tokens` in output
    tokens of one reply."""

    table_name: str
    models: tuple[ModelCard, ...]
    persona: str
    max_tokens: int
    limits: SpendingLimits
    site_origin: str
    function_name: str
    worker_queue_url: str
    guardrail: dict | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises SettingsError for the first key that is missing or has no usable value."""
        models = _models(environ)
        return cls(
            table_name=_text(environ, "TABLE_NAME"),
            models=models,
            persona=environ.get("PERSONA", "").strip(),
            max_tokens=min(_number(environ, "MAX_TOKENS", int, 1, 1_000_000), models[0].max_output),
            limits=SpendingLimits(
                _limit(environ, "MONTHLY_LIMIT_USD"), _limit(environ, "DAILY_LIMIT_USD")
            ),
            site_origin=_text(environ, "SITE_ORIGIN").rstrip("/"),
            function_name=_text(environ, "AWS_LAMBDA_FUNCTION_NAME"),
            worker_queue_url=_text(environ, "WORKER_QUEUE_URL"),
            guardrail=_guardrail(environ),
        )


def _models(environ: Mapping[str, str]) -> tuple[ModelCard, ...]:
    """The main model, then those that stand in for it."""
    region = _text(environ, "AWS_REGION")
    named = {
        "MODEL_ID": [_text(environ, "MODEL_ID")],
        "FALLBACK_MODEL_IDS": environ.get("FALLBACK_MODEL_IDS", "").split(),
    }
    cards = {}
    for key, model_ids in named.items():
        for model_id in model_ids:
            cards[model_id] = card_for(model_id, region)
            if cards[model_id] is None:
                raise SettingsError(
                    f"{key}={model_id!r} has no row in handler/models/models.json for region {region}"
                )
    return tuple(cards.values())


def _guardrail(environ: Mapping[str, str]) -> dict | None:
    """ConverseStream's `guardrailConfig`, where Terraform made a guardrail. `sync` holds words back
    until they were looked at."""
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


def _limit(environ: Mapping[str, str], key: str) -> int:
    return int(_number(environ, key, Decimal, _LEAST_USD, _MOST_USD) * NANO)


def _number(
    environ: Mapping[str, str], key: str, kind: type, least: int | Decimal, most: int
) -> int | Decimal:
    text = _text(environ, key)
    try:
        value = kind(text)
        usable = least <= value <= most
    except (ValueError, InvalidOperation) as error:
        raise SettingsError(f"{key}={text!r} is not a number") from error
    if not usable:
        raise SettingsError(f"{key}={text!r} is not between {least} and {most:,}")
    return value
