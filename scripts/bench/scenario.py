"""What is measured: turns like the one that this project reckons with, and what the page does
beside them."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial

from websockets.sync.client import ClientConnection

from scripts.bench.guest import MeasuredTurn
from scripts.bench.paced_model import PacedModel
from scripts.bench.scratch import scratch_stack
from scripts.bench.session import Measured, Session, session
from scripts.costs.measured import Run
from scripts.costs.months import CHARACTERS, INPUT_TOKENS, OUTPUT_TOKENS
from scripts.costs.operations import Operations

# The reference model, Mistral 7B Instruct on Bedrock: output tokens a second, and seconds to the
# first one (artificialanalysis.ai, models/mistral-7b-instruct/providers, autumn 2026). A turn lasts
# as long as its model writes.
PACED = "paced"
TOKENS_A_SECOND, FIRST_TOKEN_SECONDS = 74.4, 0.33
# Words of three letters and a space, each a token of European languages.
TEXT = "the sea can run far and you may ask how the sun can set now but not fly yet "
# Earlier turns of a conversation, with which the prompt comes to its 1,200 tokens.
EARLIER_TURNS = 3
QUESTION_TOKENS = 64
# How often the cheap parts are measured, and how many minutes a visit keeps its socket open.
OFTEN, VISIT_MINUTES = 3, 15


def word(n: int) -> str:
    """The nth token of a made-up text."""
    start = n * CHARACTERS % len(TEXT)
    return TEXT[start : start + CHARACTERS]


QUESTION = "".join(map(word, range(QUESTION_TOKENS)))


def measure(model_name: str, turns: int, say: Callable[[str], None]) -> Run:
    """A whole run on a stack of its own: with the reference model where it is PACED, else with the
    embedded one. Raises Failure."""
    is_paced = model_name == PACED
    paced_model = PacedModel(OUTPUT_TOKENS, INPUT_TOKENS, word) if is_paced else nullcontext()
    say("Bringing up a stack of its own …")
    with (
        paced_model as model,
        scratch_stack(model.url if model else None, say) as stack,
        session(stack) as metered,
        metered.guest.open() as socket,
    ):
        scenario = Scenario(metered, socket, model, say)
        parts = scenario.run(turns)
        measured, site_bytes = scenario.measured, stack.site_bytes()
    means = {
        name: Operations.mean([one.operations for one in part]) for name, part in parts.items()
    }
    return Run(
        date=time.strftime("%Y-%m-%d"),
        command="make bench-cost" + ("" if is_paced else f" MODEL={model_name}"),
        memory_mb=metered.memory_mb,
        turns=turns,
        input_tokens=round(sum(turn.input_tokens for turn in measured) / turns),
        output_tokens=round(sum(turn.output_tokens for turn in measured) / turns),
        prompt_bytes=scenario.prompt_bytes,
        tokens_a_second=TOKENS_A_SECOND if is_paced else None,
        site_bytes=site_bytes,
        parts=means,
        units=_units(parts["reply"]),
    )


@dataclass(slots=True)
class Scenario:
    """What is done to a stack over one socket. Without `model`, whose pace can be set, all turns
    are of one conversation. `measured` are the later turns."""

    session: Session
    socket: ClientConnection
    model: PacedModel | None
    say: Callable[[str], None]
    turns: list[MeasuredTurn] = field(default_factory=list)
    histories: list[str] = field(default_factory=list)
    measured: list[MeasuredTurn] = field(default_factory=list)
    prompt_bytes: int = 0

    def run(self, turns: int) -> dict[str, list[Measured]]:
        """Everything by its part (scripts/costs/measured.py)."""
        self.session.measure(lambda: Operations(invocations=1))  # the handshake of this socket
        self.say("Warming up, and writing the conversations that go on …")
        for _ in range(turns if self.model else 1):
            self._write_history()
        for _ in range(2):
            self.session.measure(self._visit)
        if self.model:
            self.model.pace = 1 / TOKENS_A_SECOND
            self.model.first = FIRST_TOKEN_SECONDS
        first = self._several("the first turn of a conversation", [self._turn] * min(turns, OFTEN))
        histories = (self.histories * turns)[:turns]
        later = self._several("a later turn", [partial(self._turn, one) for one in histories])
        self.measured = self.turns[-turns:]
        if self.model:
            self.prompt_bytes = self.model.prompt_bytes
            serial = self._serial_seconds(self.model)
            first = [one.with_serial(serial) for one in first]
            later = [one.with_serial(serial) for one in later]
        return {
            "reply": later,
            "first reply": first,
            "list": self._several("the list of conversations", [self._list] * OFTEN),
            "visit": self._several("a visit", [self._visit] * OFTEN),
        }

    def _several(self, what: str, acts: Sequence[Callable[[], Operations]]) -> list[Measured]:
        self.say(f"Measuring {what}, {len(acts)} times …")
        return [self.session.measure(act) for act in acts]

    def _serial_seconds(self, model: PacedModel) -> float:
        """Of the processor, for all of a turn but the words that come: nothing of it is done while
        the function waits for them."""
        model.words = 1
        model.first = 0
        turn = partial(self._turn, self.histories[0])
        short = self._several("a reply of one word", [turn] * OFTEN)
        return Operations.mean([one.operations for one in short]).cpu_seconds

    def _write_history(self) -> None:
        """A conversation with its earlier turns, as fast as the model gives them."""
        self.session.measure(self._turn)
        conversation = self.turns[-1].conversation_id
        self.histories.append(conversation)
        for _ in range(EARLIER_TURNS - 1):
            self.session.measure(partial(self._turn, conversation))

    def _turn(self, conversation: str | None = None) -> Operations:
        turn = self.session.guest.ask(self.socket, QUESTION, conversation)
        self.turns.append(turn)
        return Operations(invocations=1, socket_messages=turn.sent_messages, socket_minutes=1)

    def _list(self) -> Operations:
        out_bytes = self.session.guest.get("/conversations")
        return Operations(invocations=1, http_requests=1, out_bytes=out_bytes)

    def _visit(self) -> Operations:
        """The handshake is counted as a message."""
        guest, minutes = self.session.guest, VISIT_MINUTES
        messages = f"/conversations/{self.histories[0]}/messages?limit=100"
        with guest.open():
            out = sum(map(guest.get, ("/me", "/conversations", messages)))
        opened = Operations(invocations=1, socket_messages=1, socket_minutes=minutes)
        return opened + Operations(invocations=3, http_requests=3, out_bytes=out)


def _units(measured: list[Measured]) -> dict[str, float]:
    """The mean units of the table by what they were for."""
    found: dict[str, float] = {}
    for kind, what in sorted({label for one in measured for label in one.units}):
        units = sum(one.units.get((kind, what), 0) for one in measured)
        found[f"{kind}: {what}"] = round(units / len(measured), 2)
    return found
