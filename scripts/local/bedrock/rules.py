"""What Bedrock refuses before a model is called, so that a request that works here works there."""

import re

from handler.models import catalog
from handler.models.catalog import ModelRow
from scripts.llm.request import ModelRequest, invalid

IDENTIFIER = re.compile(
    r"(arn:aws:bedrock:[^/]+/)?((us|eu|apac|global)\.)?(?P<id>[a-z0-9-]+\.[a-z0-9.:-]+)"
)


def accept(model_id: str, body: object) -> ModelRequest:
    """The request as the model will see it. Raises BedrockError."""
    match = IDENTIFIER.fullmatch(model_id)
    if not match or not (model := catalog.row(match["id"])):
        raise invalid("The provided model identifier is invalid.")
    if not isinstance(body, dict):
        raise invalid("The request body is not a JSON object.")
    config = body.get("inferenceConfig") or {}
    if body.get("toolConfig") or config.get("stopSequences"):
        raise invalid("The local runtime has neither tools nor stop sequences.")
    return ModelRequest(
        messages=_system(body.get("system"), model) + _messages(body.get("messages")),
        max_tokens=_max_tokens(config.get("maxTokens"), model.max_output),
        temperature=_share("temperature", config.get("temperature"), model.temperature),
        top_p=_share("topP", config.get("topP"), model.top_p),
    )


def _system(blocks: object, model: ModelRow) -> list[dict]:
    if not blocks:
        return []
    if not model.takes_system:
        advice = "Remove the system messages and try again."
        raise invalid(f"This model doesn't support system messages. {advice}")
    return [{"role": "system", "content": _text(blocks, "system")}]


def _messages(messages: object) -> list[dict]:
    if not isinstance(messages, list) or not messages:
        advice = "Add a message and try again."
        raise invalid(f"A conversation must have at least one message. {advice}")
    roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
    if roles[0] != "user":
        raise invalid("A conversation must start with a user message.")
    if any(role != ("user", "assistant")[n % 2] for n, role in enumerate(roles)):
        raise invalid("A conversation must alternate between user and assistant roles.")
    if roles[-1] != "user":
        raise invalid("A conversation must end with a user message for this model.")
    return [
        {"role": message["role"], "content": _text(message.get("content"), f"messages.{n}.content")}
        for n, message in enumerate(messages)
    ]


def _text(blocks: object, where: str) -> str:
    if not isinstance(blocks, list) or not blocks:
        raise invalid(f"The content at {where} is empty. Add content and try again.")
    texts = []
    for n, block in enumerate(blocks):
        text = block.get("text") if isinstance(block, dict) else None
        if not isinstance(text, str):
            raise invalid(f"The content block at {where}.{n} is not text, all this model takes.")
        if not text.strip():
            field = f"The text field in the ContentBlock object at {where}.{n}"
            raise invalid(f"{field} is blank. Add text and try again.")
        texts.append(text)
    return "\n".join(texts)


def _max_tokens(value: object, most: int) -> int:
    if value is None:
        return most
    if type(value) is not int or value < 1:
        raise invalid("The value at inferenceConfig.maxTokens must be a whole number above 0.")
    if value > most:
        raise invalid(f"The maximum tokens you requested exceeds the model limit of {most}.")
    return value


def _share(name: str, value: object, default: float) -> float:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise invalid(f"The value at inferenceConfig.{name} must be between 0 and 1.")
    return float(value)
