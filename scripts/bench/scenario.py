"""What is measured: turns like the one that this project reckons with, and what the page does
beside them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from websockets.sync.client import ClientConnection

from scripts.bench.guest import MeasuredTurn
from scripts.bench.paced_model import PacedModel
from scripts.bench.session import Done, Measured, Session
from scripts.costs.guardrail import CHARACTERS, INPUT_TOKENS, OUTPUT_TOKENS
from scripts.costs.operations import Operations

# Mistral 7B Instruct on Bedrock: output tokens a second, and seconds to the first one
# (artificialanalysis.ai, models/mistral-7b-instruct/providers, autumn 2026). A turn lasts as long
# as its model writes.
TOKENS_A_SECOND, FIRST_TOKEN_SECONDS = 74.4, 0.33
# Words of three letters and a space, each a token of European languages.
TEXT = "the sea can run far and you may ask how the sun can set now but not fly yet "
# Earlier turns of a conversation, with which the prompt comes to its 1,200 tokens.
EARLIER_TURNS = 3
QUESTION_TOKENS = 64
# How often the cheap parts are measured, and how many minutes a visit keeps its socket open.
OFTEN, VISIT_MINUTES = 3, 15


@dataclass(frozen=True, slots=True)
class Found:
    """The mean operations of each part, the table's units of a later turn by what they were for,
    and the tokens of a turn."""

    parts: dict[str, Operations]
    units: dict[str, float]
    input_tokens: int
    output_tokens: int
    prompt_bytes: int


def word(n: int) -> str:
    """The nth token of a made-up text."""
    start = n * CHARACTERS % len(TEXT)
    return TEXT[start : start + CHARACTERS]


QUESTION = "".join(map(word, range(QUESTION_TOKENS)))


def reference_model() -> PacedModel:
    """Its pace is set when the measuring begins."""
    return PacedModel(words=OUTPUT_TOKENS, pace=0, input_tokens=INPUT_TOKENS, word=word)


class Scenario:
    """What is done to a stack over one socket. Without `model`, whose pace can be set, all turns
    are of one conversation."""

    def __init__(self, session: Session, socket: ClientConnection, model: PacedModel | None):
        self._session = session
        self._socket = socket
        self._model = model
        self._turns: list[MeasuredTurn] = []
        self._histories: list[str] = []

    def run(self, turns: int, say: Callable[[str], None]) -> Found:
        def several(what: str, times: int, act: Callable[[int], Done]) -> list[Measured]:
            say(f"Measuring {what}, {times} times …")
            return [self._session.measure(partial(act, n)) for n in range(times)]

        self._session.measure(lambda: Done(invocations=1))  # the handshake of this socket
        say("Warming up, and writing the conversations that go on …")
        self._write_histories(turns if self._model else 1)
        if self._model:
            self._model.pace = 1 / TOKENS_A_SECOND
            self._model.first = FIRST_TOKEN_SECONDS
        first = several("the first turn of a conversation", min(turns, OFTEN), self._first_turn)
        later = several("a later turn", turns, self._later_turn)
        measured = self._turns[-turns:]
        prompt_bytes = self._model.prompt_bytes if self._model else 0
        if self._model:
            # All of a turn but the words that come: nothing of it is done while the function waits
            # for them.
            self._model.words = 1
            self._model.first = 0
            short = several("a reply of one word", OFTEN, lambda _: self._turn(self._histories[0]))
            serial = Operations.mean([one.operations for one in short]).cpu_seconds
            first = [one.with_serial(serial) for one in first]
            later = [one.with_serial(serial) for one in later]
        parts = {
            "reply": later,
            "first reply": first,
            "list": several("the list of conversations", OFTEN, self._list),
            "visit": several("a visit", OFTEN, self._visit),
        }
        means = {name: Operations.mean([one.operations for one in p]) for name, p in parts.items()}
        read = round(sum(turn.input_tokens for turn in measured) / turns)
        written = round(sum(turn.output_tokens for turn in measured) / turns)
        return Found(means, _units(later), read, written, prompt_bytes)

    def _write_histories(self, number: int) -> None:
        """Conversations with their earlier turns, as fast as the model gives them, and two visits."""
        for _ in range(number):
            self._session.measure(self._turn)
            conversation = self._turns[-1].conversation_id
            self._histories.append(conversation)
            for _ in range(EARLIER_TURNS - 1):
                self._session.measure(partial(self._turn, conversation))
        for n in range(2):
            self._session.measure(partial(self._visit, n))

    def _turn(self, conversation: str | None = None) -> Done:
        turn = self._session.guest.ask(self._socket, QUESTION, conversation)
        self._turns.append(turn)
        return Done(invocations=1, socket_messages=turn.sent_messages, socket_minutes=1)

    def _first_turn(self, _n: int) -> Done:
        return self._turn()

    def _later_turn(self, n: int) -> Done:
        return self._turn(self._histories[n % len(self._histories)])

    def _list(self, _n: int) -> Done:
        out_bytes = self._session.guest.get("/conversations")
        return Done(invocations=1, http_requests=1, out_bytes=out_bytes)

    def _visit(self, _n: int) -> Done:
        guest, messages = (
            self._session.guest,
            f"/conversations/{self._histories[0]}/messages?limit=100",
        )
        with guest.open():
            out_bytes = sum(map(guest.get, ("/me", "/conversations", messages)))
        # The handshake is counted as a message.
        return Done(
            invocations=4,
            http_requests=3,
            socket_messages=1,
            socket_minutes=VISIT_MINUTES,
            out_bytes=out_bytes,
        )


def run(
    session: Session, model: PacedModel | None, turns: int, say: Callable[[str], None]
) -> Found:
    """Measures all parts."""
    with session.guest.open() as socket:
        return Scenario(session, socket, model).run(turns, say)


def _units(measured: list[Measured]) -> dict[str, float]:
    """The mean units of the table by what they were for."""
    found: dict[str, float] = {}
    for kind, what in sorted({label for one in measured for label in one.units}):
        units = sum(one.units.get((kind, what), 0) for one in measured)
        found[f"{kind}: {what}"] = round(units / len(measured), 2)
    return found
