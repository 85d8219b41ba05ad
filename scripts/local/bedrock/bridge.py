"""Turns a model's reply into the events of Bedrock's ConverseStream, and those into a Converse
answer."""

import time
from collections.abc import Iterable, Iterator

from scripts.llm.ask import ModelRequest
from scripts.llm.upstream import Chunk

Event = tuple[str, dict]
FINISH = {"length": "max_tokens", "content_filter": "content_filtered"}
CHARACTERS_PER_TOKEN = 4  # only for servers that do not count: Bedrock always does


def events(chunks: Iterable[Chunk], ask: ModelRequest) -> Iterator[Event]:
    """Bedrock's events, each as soon as its chunk has come. `chunks` may end early when nobody
    reads any more."""
    started, pieces, usage, reason = time.monotonic(), 0, None, "end_turn"
    stops = Stops(ask.stop)
    yield "messageStart", {"role": "assistant"}
    for chunk in chunks:
        usage = chunk.usage or usage
        if chunk.finish:
            reason = FINISH.get(chunk.finish, "end_turn")
        if text := stops.feed(chunk.text):
            pieces += 1
            yield delta(text)
        if stops.met:
            reason = "stop_sequence"
            break
    if not stops.met and (rest := stops.rest()):
        yield delta(rest)
    yield "contentBlockStop", {"contentBlockIndex": 0}
    yield "messageStop", {"stopReason": reason}
    yield (
        "metadata",
        {"usage": _usage(usage, ask, pieces), "metrics": {"latencyMs": _since(started)}},
    )


def delta(text: str) -> Event:
    """A piece of the reply's text."""
    return "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}}


def answer(stream: Iterable[Event]) -> dict:
    """The same reply as one Converse answer."""
    said = list(stream)
    text = "".join(body["delta"]["text"] for name, body in said if name == "contentBlockDelta")
    bodies = dict(said)
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        **bodies["messageStop"],
        **bodies["metadata"],
    }


class Stops:
    """Cuts a text at the first stop sequence, also where one is spread over chunks. The sequence
    itself is kept."""

    def __init__(self, sequences: tuple[str, ...]):
        self._sequences, self._held, self.met = sequences, "", False

    def feed(self, text: str) -> str:
        """What may be sent now; the possible beginning of a sequence is held back."""
        held = self._held + text
        ends = [at + len(s) for s in self._sequences if (at := held.find(s)) >= 0]
        if ends:
            self.met, self._held = True, ""
            return held[: min(ends)]
        keep = max(
            (n for s in self._sequences for n in range(1, len(s)) if held.endswith(s[:n])),
            default=0,
        )
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]

    def rest(self) -> str:
        """What was held back, once nothing more comes."""
        return self._held


def _usage(usage: dict | None, ask: ModelRequest, pieces: int) -> dict:
    typed = sum(len(message["content"]) for message in ask.messages)
    read = (usage or {}).get("prompt_tokens") or max(1, typed // CHARACTERS_PER_TOKEN)
    written = (usage or {}).get("completion_tokens") or pieces
    return {"inputTokens": read, "outputTokens": written, "totalTokens": read + written}


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
