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
    started, pieces, usage, reason = time.monotonic(), 0, None, "end_turn"
    cutter = StopSequences(request.stop)
    yield "messageStart", {"role": "assistant"}
    for chunk in chunks:
        usage = chunk.usage or usage
        if chunk.finish:
            reason = FINISH.get(chunk.finish, "end_turn")
        if text := cutter.feed(chunk.text):
            pieces += 1
            yield delta(text)
        if cutter.met:
            reason = "stop_sequence"
            break
    if cutter.held:
        yield delta(cutter.held)
    yield "contentBlockStop", {"contentBlockIndex": 0}
    yield "messageStop", {"stopReason": reason}
    took = {"latencyMs": round((time.monotonic() - started) * 1000)}
    yield "metadata", {"usage": _usage(usage or {}, request, pieces), "metrics": took}


def delta(text: str) -> Event:
    return "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}}


class StopSequences:
    """Cuts a text after the first stop sequence, also where one is spread over chunks. `held` is
    the text held back because it may begin one."""

    def __init__(self, sequences: tuple[str, ...]):
        self._sequences = sequences
        self.held = ""
        self.met = False

    def feed(self, text: str) -> str:
        """What may be sent now."""
        text = self.held + text
        ends = [at + len(one) for one in self._sequences if (at := text.find(one)) >= 0]
        if ends:
            self.met = True
            self.held = ""
            return text[: min(ends)]
        starts = [one[:n] for one in self._sequences for n in range(1, len(one))]
        self.held = max((one for one in starts if text.endswith(one)), key=len, default="")
        return text.removesuffix(self.held)


def _usage(counts: dict, request: ModelRequest, pieces: int) -> dict[str, int]:
    typed = sum(len(message["content"]) for message in request.messages)
    read = counts.get("prompt_tokens") or max(1, typed // CHARACTERS_PER_TOKEN)
    written = counts.get("completion_tokens") or pieces
    return {"inputTokens": read, "outputTokens": written, "totalTokens": read + written}
