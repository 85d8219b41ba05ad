"""What Bedrock refuses before a model is asked, so that a request that works here works there."""

import re
from dataclasses import dataclass

from scripts.llm.ask import ModelRequest, invalid


@dataclass(frozen=True)
class ModelRules:
    """What a Bedrock model allows, and its defaults. `max_output` in tokens."""

    max_output: int
    system: bool
    temperature: float = 0.5
    top_p: float = 0.9


MODELS = {
    "mistral.mistral-7b-instruct-v0:2": ModelRules(max_output=4096, system=False),
    "mistral.ministral-3-8b-instruct": ModelRules(max_output=8192, system=True),
    "mistral.ministral-3-3b-instruct": ModelRules(max_output=8192, system=True),
    "amazon.nova-micro-v1:0": ModelRules(max_output=10000, system=True, temperature=0.7),
}
IDENTIFIER = re.compile(
    r"(arn:aws:bedrock:[^/]+/)?((us|eu|apac|global)\.)?(?P<id>[a-z0-9-]+\.[a-z0-9.:-]+)"
)
AGAIN = "and try again."


def accept(model_id: str, body: object) -> ModelRequest:
    """The request as the model will see it. Raises BedrockError."""
    model = _model(model_id)
    if not isinstance(body, dict):
        raise invalid("The request body is not a JSON object.")
    if body.get("toolConfig") and not model.system:
        raise invalid("This model doesn't support tool use.")
    config = body.get("inferenceConfig") or {}
    return ModelRequest(
        messages=_system(body.get("system") or [], model) + _messages(body.get("messages")),
        max_tokens=_max_tokens(config.get("maxTokens"), model),
        temperature=_share("temperature", config.get("temperature"), model.temperature),
        top_p=_share("topP", config.get("topP"), model.top_p),
        stop=_stop(config.get("stopSequences") or []),
    )


def _model(model_id: str) -> ModelRules:
    match = IDENTIFIER.fullmatch(model_id)
    if not match or match["id"] not in MODELS:
        raise invalid("The provided model identifier is invalid.")
    return MODELS[match["id"]]


def _system(blocks: list, model: ModelRules) -> list[dict]:
    if blocks and not model.system:
        raise invalid(
            "This model doesn't support system messages. Remove the system messages " + AGAIN
        )
    return [{"role": "system", "content": _text(blocks, "system")}] if blocks else []


def _messages(messages: object) -> list[dict]:
    if not isinstance(messages, list) or not messages:
        raise invalid("A conversation must have at least one message. Add a message " + AGAIN)
    roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
    if roles[0] != "user":
        raise invalid("A conversation must start with a user message.")
    if any(role != ("user", "assistant")[n % 2] for n, role in enumerate(roles)):
        raise invalid("A conversation must alternate between user and assistant roles.")
    if roles[-1] != "user":
        raise invalid("A conversation must end with a user message for this model.")
    return [
        {"role": role, "content": _text(message.get("content"), f"messages.{n}.content")}
        for n, (role, message) in enumerate(zip(roles, messages, strict=True))
    ]


def _text(blocks: object, where: str) -> str:
    if not isinstance(blocks, list) or not blocks:
        raise invalid(f"The content at {where} is empty. Add content " + AGAIN)
    for n, block in enumerate(blocks):
        text = block.get("text") if isinstance(block, dict) else None
        if not isinstance(text, str):
            raise invalid(
                f"The content block at {where}.{n} is not text, the only kind this model takes."
            )
        if not text.strip():
            raise invalid(
                f"The text field in the ContentBlock object at {where}.{n} is blank. Add text "
                + AGAIN
            )
    return "\n".join(block["text"] for block in blocks)


def _max_tokens(value: object, model: ModelRules) -> int:
    if value is None:
        return model.max_output
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise invalid(
            "The value at inferenceConfig.maxTokens must be a whole number of at least 1."
        )
    if value > model.max_output:
        raise invalid(
            f"The maximum tokens you requested exceeds the model limit of {model.max_output}."
        )
    return value


def _share(name: str, value: object, default: float) -> float:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise invalid(f"The value at inferenceConfig.{name} must be between 0 and 1.")
    return float(value)


def _stop(values: object) -> tuple[str, ...]:
    if (
        not isinstance(values, list)
        or len(values) > 10
        or not all(isinstance(v, str) and v for v in values)
    ):
        raise invalid(
            "The value at inferenceConfig.stopSequences must be at most 10 strings that are not empty."
        )
    return tuple(values)
