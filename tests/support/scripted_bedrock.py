"""The local Bedrock runtime with scripted trouble: each queued fault disturbs the next calls.

python -m tests.support.scripted_bedrock --port 8091"""

import argparse
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, fields, replace

from scripts.llm.request import STATUS, BedrockError
from scripts.local.bedrock.__main__ import serve
from scripts.local.bedrock.bridge import Event, delta
from scripts.local.bedrock.rules import accept
from scripts.local.bedrock.server import BedrockHandler, BedrockServer, CallerWatch

# Names of in-stream exceptions, as Bedrock spells them on the wire.
IN_STREAM = {
    "internalServerException",
    "modelStreamErrorException",
    "serviceUnavailableException",
    "throttlingException",
    "validationException",
}


class Cut(ConnectionError):
    """The connection breaks here, without a word."""


@dataclass(frozen=True)
class Fault:
    """What happens to a call; all may be combined. Seconds are seconds, `*_after` counts deltas.

    `error` is one of Bedrock's error types and answers the call at once. `reply` or `reply_tokens`
    (n short words) are said instead of asking the model. A reply that has `hold_after` stops there
    until the test lets it go on. `times` is how many calls the fault lasts, 0 for all that follow;
    `model` is the id of the only one whose calls it disturbs and counts."""

    error: str | None = None
    message: str = "scripted"
    delay: float = 0
    pace: float = 0
    cut_after: int | None = None
    exception_after: int | None = None
    hold_after: int | None = None
    exception: str = "modelStreamErrorException"
    reply: str | None = None
    reply_tokens: int | None = None
    stop_reason: str = "end_turn"
    times: int = 1
    model: str | None = None

    def __post_init__(self):
        if self.error and self.error not in STATUS:
            raise ValueError(f"error must be one of {', '.join(STATUS)}")
        if self.exception not in IN_STREAM:
            raise ValueError(f"exception must be one of {', '.join(sorted(IN_STREAM))}")

    @classmethod
    def parse(cls, data: object) -> "Fault":
        """A fault from JSON. Raises ValueError or TypeError."""
        known = {field.name for field in fields(cls)}
        if not isinstance(data, dict) or not set(data) <= known:
            raise ValueError(f"a fault is an object with any of {', '.join(sorted(known))}")
        return cls(**data)

    @property
    def words(self) -> list[str] | None:
        """The scripted reply's pieces; None when the model is to be asked."""
        if self.reply is not None:
            return self.reply.replace(" ", " \0").split("\0")
        return None if self.reply_tokens is None else [f"w{n} " for n in range(self.reply_tokens)]

    def scripted(self) -> Generator[Event, None, None]:
        """The events of the scripted reply."""
        words = self.words or []
        yield "messageStart", {"role": "assistant"}
        for word in words:
            yield delta(word)
        yield "contentBlockStop", {"contentBlockIndex": 0}
        yield "messageStop", {"stopReason": self.stop_reason}
        usage = {"inputTokens": 10, "outputTokens": len(words), "totalTokens": 10 + len(words)}
        yield "metadata", {"usage": usage, "metrics": {"latencyMs": 1}}

    def refuse(self) -> None:
        """Raises the BedrockError that answers the call at once, if that is the fault."""
        if self.error:
            raise BedrockError(self.error, self.message)

    def disturb(
        self, events: Iterable[Event], wait: Callable[[float], None], is_holding: Callable[[], bool]
    ) -> Iterator[Event]:
        """The events, late, slow, held back or broken off. Raises Cut or BedrockError."""
        wait(self.delay)
        said = 0
        for name, body in events:
            if name == "contentBlockDelta":
                if said == self.cut_after:
                    raise Cut
                if said == self.exception_after:
                    raise BedrockError(self.exception[0].upper() + self.exception[1:], self.message)
                wait(self.pace if said else 0)
                while said == self.hold_after and is_holding():
                    wait(0.05)
                said += 1
            yield name, body


class Faults:
    """The queue of faults and the record of calls, shared by all threads."""

    def __init__(self):
        self._queue, self._lock = deque(), threading.Lock()
        self._calls, self._running, self._gone, self._recent = 0, 0, 0, deque(maxlen=20)
        self._go_on = threading.Event()

    def add(self, faults: list[Fault]) -> None:
        """Queue faults. Replies stop at `hold_after` from now on."""
        with self._lock:
            self._queue.extend(faults)
        self._go_on.clear()

    def go_on(self) -> None:
        """Lets the replies go on that have stopped."""
        self._go_on.set()

    def is_holding(self) -> bool:
        """Whether a reply stops at `hold_after`."""
        return not self._go_on.is_set()

    def clear(self) -> None:
        """Forget queue and counts; no reply is held."""
        self.go_on()
        with self._lock:
            self._queue.clear()
            self._recent.clear()
            self._calls = self._gone = 0

    def begin(self, model_id: str, body: object) -> Fault:
        """Counts a call and hands over its fault."""
        with self._lock:
            self._calls += 1
            self._running += 1
            self._recent.append({"model": model_id, "body": body})
            target = next(
                (
                    target
                    for target, fault in enumerate(self._queue)
                    if fault.model in (None, model_id)
                ),
                None,
            )
            if target is None:
                return Fault()
            fault = self._queue[target]
            if fault.times == 1:
                del self._queue[target]
            elif fault.times > 1:
                self._queue[target] = replace(fault, times=fault.times - 1)
            return fault

    def end(self, gone: bool) -> None:
        """A call is over; `gone` says that its client went away."""
        with self._lock:
            self._running -= 1
            self._gone += gone

    def report(self) -> dict:
        """`cancelled` counts calls whose client went away; `recent` holds the last requests."""
        with self._lock:
            queued = [asdict(fault) for fault in self._queue]
            counts = {"calls": self._calls, "running": self._running, "cancelled": self._gone}
            return {**counts, "queued": queued, "recent": list(self._recent)}


class ScriptedHandler(BedrockHandler):
    """POST and DELETE `/_faults` queue and forget faults, DELETE `/_held` lets replies go on that
    have stopped, GET `/_calls` says how many calls came, run and were cancelled."""

    server: "ScriptedServer"

    def do_GET(self) -> None:
        if self.path == "/_calls":
            self.answer(200, self.server.faults.report())
        else:
            super().do_GET()

    def do_POST(self) -> None:
        if self.path != "/_faults":
            super().do_POST()
            return
        body = self.body()
        try:
            faults = [Fault.parse(data) for data in (body if isinstance(body, list) else [body])]
        except (TypeError, ValueError) as error:
            self.answer(400, {"message": str(error)})
            return
        self.server.faults.add(faults)
        self.answer(200, {"queued": len(faults)})

    def do_DELETE(self) -> None:
        self.body()
        if self.path == "/_held":
            self.server.faults.go_on()
        else:
            self.server.faults.clear()
        self.answer(200, {"queued": 0})

    def events(
        self, model_id: str, body: object, caller: CallerWatch
    ) -> Generator[Event, None, None]:
        fault = self.server.faults.begin(model_id, body)
        try:
            fault.refuse()
            if fault.words is None:
                events = super().events(model_id, body, caller)
            else:
                accept(model_id, body)
                events = fault.scripted()
            with closing(events):
                yield from fault.disturb(events, caller.wait, self.server.faults.is_holding)
        finally:
            self.server.faults.end(gone=caller.gone)


class ScriptedServer(BedrockServer):
    handler = ScriptedHandler

    def __init__(self, port: int, client=lambda: None):
        self.faults = Faults()
        super().__init__(port, client)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    serve(ScriptedServer(parser.parse_args().port))
