"""What a model is given: a bounded, strictly alternating part of the conversation, the same for
every backend."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handler.models.catalog import ModelCard
from handler.values import Message

# Older messages are given up to this many estimated tokens: it bounds the cost of a turn, far below
# the context of Bedrock's models.
HISTORY_TOKENS = 3_000
# Newest messages read for one turn, whatever the conversation's length.
HISTORY_MESSAGES = 40
# Unless the caller names another.
TEMPERATURE = 0.6
# Tokens that a chat template puts around one message, and before the first: more than any known one
# needs.
_TEMPLATE = 10


@dataclass(frozen=True, slots=True)
class Prompt:
    """The persona, and (role, text) pairs that alternate, begin and end with a user's."""

    persona: str
    turns: tuple[tuple[str, str], ...]

    def spoken(self) -> tuple[tuple[str, str], ...]:
        """The pairs for a model without a system prompt, such as Mistral 7B: the persona opens the
        first user turn."""
        if not self.persona:
            return self.turns
        return (("user", f"{self.persona}\n\n{self.turns[0][1]}"), *self.turns[1:])

    def fitted(self, card: ModelCard, max_tokens: int) -> "Prompt":
        """Without the oldest exchanges that a model's context has no room for; the newest question
        always stays."""
        turns = self.turns
        while len(turns) > 1 and replace(self, turns=turns).tokens() > card.context - max_tokens:
            turns = turns[2:]
        return replace(self, turns=turns)

    def tokens(self) -> int:
        """The estimated input tokens."""
        return sum(estimate_tokens(text) for text in self._texts())

    def most_tokens(self) -> int:
        """The most input tokens that any model can count: a byte-fallback tokenizer never makes
        more tokens than UTF-8 bytes."""
        return sum(_bytes(text) + _TEMPLATE for text in self._texts()) + _TEMPLATE

    def _texts(self) -> list[str]:
        return [text for _, text in self.turns] + ([self.persona] if self.persona else [])


def estimate_tokens(text: str) -> int:
    """An upper guess of a text's tokens: 3 UTF-8 bytes a token. English has some 4, Portuguese 3.3,
    Chinese 3 to 4 bytes a token."""
    return _bytes(text) // 3 + 1


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def build_prompt(persona: str, history: Sequence[Message], text: str) -> Prompt:
    """The newest user turn is always whole; older messages are dropped from the front until the
    rest fits; the first is a user's; neighbours of one role, as a failed turn leaves them, are
    merged."""
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
    return prompt_of(persona, turns)


def prompt_of(persona: str, turns: Sequence[tuple[str, str]]) -> Prompt:
    """A prompt from pairs that begin and end with a user's: neighbours of one role are merged."""
    merged: list[tuple[str, str]] = []
    for role, said in turns:
        if merged and merged[-1][0] == role:
            said = f"{merged.pop()[1]}\n\n{said}"
        merged.append((role, said))
    return Prompt(persona, tuple(merged))
