"""What is measured: turns like the one that this project reckons with, and what the page does
beside them."""

from collections.abc import Callable
from dataclasses import dataclass

from scripts.bench.paced_model import PacedModel
from scripts.bench.session import Done, Measured, Session
from scripts.costs.guardrail import CHARACTERS, INPUT_TOKENS, OUTPUT_TOKENS
from scripts.costs.operations import Operations

# Mistral 7B Instruct on Bedrock: output tokens a second, and seconds to the first one
# (artificialanalysis.ai, models/mistral-7b-instruct/providers, autumn 2026). A turn lasts as long
# as its model writes.
TOKENS_A_SECOND, FIRST_TOKEN_SECONDS = 74.4, 0.33
# Three letters and a space: a token of European languages.
WORDS = (
    "the",
    "sea",
    "can",
    "run",
    "far",
    "and",
    "you",
    "may",
    "ask",
    "how",
    "the",
    "sun",
    "can",
    "set",
    "now",
    "but",
    "not",
    "fly",
    "yet",
)
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
    turns: int


def word(n: int) -> str:
    """The nth token of a made-up text."""
    return WORDS[n % len(WORDS)] + " "


QUESTION = "".join(map(word, range(QUESTION_TOKENS)))


def paced() -> dict[str, object]:
    """The reference model, for PacedModel."""
    assert all(len(word(n)) == CHARACTERS for n in range(len(WORDS)))
    return {"words": OUTPUT_TOKENS, "pace": 0, "input_tokens": INPUT_TOKENS, "say": word}


def run(
    session: Session, model: PacedModel | None, turns: int, say: Callable[[str], None]
) -> Found:
    """Measure all parts. Without `model`, whose pace can be set, all turns are of one conversation."""
    guest = session.guest
    last, tokens = None, []

    def visit() -> Done:
        with guest.open():
            out = sum(
                guest.get(path)
                for path in (
                    "/me",
                    "/conversations",
                    f"/conversations/{histories[0]}/messages?limit=100",
                )
            )
        # The handshake is counted as a message.
        return Done(
            invocations=4,
            http_requests=3,
            socket_messages=1,
            socket_minutes=VISIT_MINUTES,
            out_bytes=out,
        )

    def listing() -> Done:
        return Done(invocations=1, http_requests=1, out_bytes=guest.get("/conversations"))

    with guest.open() as socket:

        def turn(conversation: str | None = None) -> Done:
            nonlocal last
            last = guest.ask(socket, QUESTION, conversation)
            tokens.append((last.input_tokens, last.output_tokens))
            return Done(invocations=1, socket_messages=last.sent_messages, socket_minutes=1)

        def several(what: str, times: int, act: Callable[[int], Done]) -> list[Measured]:
            say(f"Measuring {what}, {times} times …")
            return [session.measure(lambda n=n: act(n)) for n in range(times)]

        session.measure(lambda: Done(invocations=1))  # the handshake of this socket
        say("Warming up, and writing the conversations that go on …")
        histories = _histories(session, turn, lambda: last.conversation_id, turns if model else 1)
        for _ in range(2):
            session.measure(visit)
        if model:
            model.pace, model.first = 1 / TOKENS_A_SECOND, FIRST_TOKEN_SECONDS
        first = several("the first turn of a conversation", min(turns, OFTEN), lambda _: turn())
        later = several("a later turn", turns, lambda n: turn(histories[n % len(histories)]))
        read, written = (
            round(sum(counts) / turns) for counts in zip(*tokens[-turns:], strict=True)
        )
        heard = model.heard if model else 0
        if model:
            # All of a turn but the words that come: nothing of it is done while the function waits
            # for them.
            model.words, model.first = 1, 0
            short = Operations.mean(
                [
                    one.operations
                    for one in several("a reply of one word", OFTEN, lambda _: turn(histories[0]))
                ]
            )
            first, later = (
                [one.with_serial(short.cpu_seconds) for one in measured]
                for measured in (first, later)
            )
        beside = several("the list of conversations", OFTEN, lambda _: listing())
        visits = several("a visit", OFTEN, lambda _: visit())
    parts = {"reply": later, "first reply": first, "list": beside, "visit": visits}
    means = {
        name: Operations.mean([one.operations for one in measured])
        for name, measured in parts.items()
    }
    return Found(means, _units(later), read, written, heard, turns)


def _histories(
    session: Session, turn: Callable, started: Callable[[], str], number: int
) -> list[str]:
    """Conversations with their earlier turns, as fast as the model gives them."""
    found = []
    for _ in range(number):
        session.measure(turn)
        found.append(started())
        for _ in range(EARLIER_TURNS - 1):
            session.measure(lambda: turn(found[-1]))
    return found


def _units(measured: list[Measured]) -> dict[str, float]:
    """The mean units of the table by what they were for."""
    names = sorted({(kind, what) for one in measured for kind, what, _ in one.units})
    every = [{(kind, what): number for kind, what, number in one.units} for one in measured]
    return {
        f"{kind}: {what}": round(sum(one.get((kind, what), 0) for one in every) / len(every), 2)
        for kind, what in names
    }
