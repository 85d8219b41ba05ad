"""What the model is given: a bounded, strictly alternating part of the conversation."""

from collections.abc import Sequence

from handler.models.catalog import ModelCard
from handler.values import Message

# Older messages are given up to this many estimated tokens: it bounds the cost of a turn, far below the context of any model here.
HISTORY_TOKENS = 3_000
# Newest messages read for one turn, whatever the conversation's length.
HISTORY_MESSAGES = 40

# Tokens that a chat template puts around one message.
_TEMPLATE = 10


def estimate_tokens(text: str) -> int:
    """An upper guess of a text's tokens: 3 UTF-8 bytes a token. English has some 4, Portuguese 3.3, Chinese 3 to 4 bytes a token."""
    return len(text.encode("utf-8", "replace")) // 3 + 1


def build_prompt(card: ModelCard, persona: str, history: Sequence[Message], text: str) -> dict:
    """`messages` (and `system`, where the model takes one) as Bedrock's Converse wants them.

    The newest user turn is always whole; older messages are dropped from the front until the rest fits; the first is a user's;
    neighbours of one role, as a failed turn leaves them, are merged. Mistral 7B takes no `system`: the persona opens its first user turn.
    """
    turns = [("user", text)]
    room = HISTORY_TOKENS
    for message in reversed(history):
        if not message.text.strip():
            continue
        room -= estimate_tokens(message.text)
        if room < 0:
            break
        turns.append((message.role, message.text))
    turns.reverse()
    while turns[0][0] != "user":
        del turns[0]
    return prompt_of(card, persona, turns)


def prompt_of(card: ModelCard, persona: str, turns: Sequence[tuple[str, str]]) -> dict:
    """A prompt from (role, text) pairs that begin and end with a user's: neighbours merged, the persona where the model takes it."""
    merged: list[tuple[str, str]] = []
    for role, said in turns:
        if merged and merged[-1][0] == role:
            said = f"{merged.pop()[1]}\n\n{said}"
        merged.append((role, said))
    if not persona:
        return {"messages": _wire(merged)}
    if card.takes_system:
        return {"messages": _wire(merged), "system": [{"text": persona}]}
    merged[0] = ("user", f"{persona}\n\n{merged[0][1]}")
    return {"messages": _wire(merged)}


def prompt_tokens(prompt: dict) -> int:
    """The estimated input tokens of a built prompt."""
    blocks = [block for message in prompt["messages"] for block in message["content"]] + prompt.get("system", [])
    return sum(estimate_tokens(block["text"]) for block in blocks)


def most_tokens(prompt: dict) -> int:
    """The most input tokens that a built prompt can have: a byte-fallback tokenizer never makes more tokens than UTF-8 bytes.

    The chat template adds its own around every message and before the first; 10 are more than any known one needs.
    """
    blocks = [block for message in prompt["messages"] for block in message["content"]] + prompt.get("system", [])
    return sum(len(block["text"].encode("utf-8", "replace")) + _TEMPLATE for block in blocks) + _TEMPLATE


def _wire(turns: list[tuple[str, str]]) -> list[dict]:
    return [{"role": role, "content": [{"text": text}]} for role, text in turns]
