"""Keeps what people write from being read as a model's control tokens.

llama.cpp and its kin put messages into the model's raw template and then read control tokens
wherever they stand, so `[/INST]` in a person's text could end their turn for them. Bedrock's
Converse keeps messages apart by itself."""

import re

# Mistral's (docs.mistral.ai, "Tokenization"), Llama 2's, and the <|…|> of ChatML, Llama 3, Phi and
# others.
_CONTROL = re.compile(
    r"\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|IMG|IMG_BREAK|IMG_END|PREFIX|MIDDLE|SUFFIX)\]"
    r"|</?s>|<unk>|<pad>|<</?SYS>>|<\|[^|<>\s]{1,40}\|>|<(?:start|end)_of_turn>|<(?:bos|eos)>",
    re.IGNORECASE,
)
# Looks like nothing and is no part of any control token.
_BREAK = "\u200b"


def neutral(text: str) -> str:
    """The text with each control token broken after its first character: it reads the same and
    means nothing."""
    return _CONTROL.sub(lambda token: token[0][0] + _BREAK + token[0][1:], text)
