"""Turns a model's reply into the events of Bedrock's ConverseStream."""

import time
from collections.abc import Iterable, Iterator

from scripts.llm.client import Chunk
from scripts.llm.request import ModelRequest

Event = tuple[str, dict]
FINISH = {"length": "max_tokens", "content_filter": "content_filtered"}
CHARACTERS_PER_TOKEN = 4  # only for servers that do not count: Bedrock always does


def events(chunks: Iterable[Chunk], request: ModelRequest) -> Iterator[Event]:
    """Each event as soon as its chunk has come."""
    started, pieces, reason = time.monotonic(), 0, "end_turn"
    counts: dict = {}
    yield "messageStart", {"role": "assistant"}
    for chunk in chunks:
        counts = chunk.usage or counts
        if chunk.finish:
            reason = FINISH.get(chunk.finish, "end_turn")
        if chunk.text:
            pieces += 1
            yield delta(chunk.text)
    yield "contentBlockStop", {"contentBlockIndex": 0}
    yield "messageStop", {"stopReason": reason}
    typed = sum(len(message["content"]) for message in request.messages)
    read = counts.get("prompt_tokens") or max(1, typed // CHARACTERS_PER_TOKEN)
    written = counts.get("completion_tokens") or pieces
    usage = {"inputTokens": read, "outputTokens": written, "totalTokens": read + written}
    took = {"latencyMs": round((time.monotonic() - started) * 1000)}
    yield "metadata", {"usage": usage, "metrics": took}


def delta(text: str) -> Event:
    return "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}}
