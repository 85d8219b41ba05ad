"""Keeps what people write from being read as a model's control tokens.

llama.cpp and similar servers put messages into the model's raw template and then read control
tokens wherever they stand, so `[/INST]` in a person's text could end their turn for them.
Bedrock's Converse keeps messages apart by itself."""

import re

# Mistral's (docs.mistral.ai, "Tokenization"), Llama 2's, and the <|…|> of ChatML, Llama 3, Phi and
# others.
CONTROL_TOKEN = re.compile(
    r"\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT"
    r"|IMG|IMG_BREAK|IMG_END|PREFIX|MIDDLE|SUFFIX)\]"
    r"|</?s>|<unk>|<pad>|<</?SYS>>|<\|[^|<>\s]{1,40}\|>|<(?:start|end)_of_turn>|<(?:bos|eos)>",
    re.IGNORECASE,
)
# Invisible, and no part of any control token.
_BREAK = "\u200b"


def escape(text: str) -> str:
    """Breaks each control token after its first character: the text reads the same."""
    return CONTROL_TOKEN.sub(lambda token: token[0][0] + _BREAK + token[0][1:], text)
