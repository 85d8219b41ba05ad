"""What two stacks hold, and the commands that take it from the one to the other."""

import argparse
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from handler.ids import new_id
from handler.money import Begun
from handler.values import Conversation, Message, Turn, Usage, iso
from scripts.archive.lines import NAME
from scripts.commands import export, import_
from tests.support.deployed_stack import DeployedDouble
from tests.support.lambda_bench import NOON, hooked

MODEL = "mistral.mistral-7b-instruct-v0:2"


@dataclass
class Archiver:
    """`make export` and `make import`, at noon."""

    folder: Path

    def export(self, table, to: object = None) -> Path:
        to = to or self.folder / f"export-{new_id()}"
        export.run(argparse.Namespace(to=str(to)), DeployedDouble({}, table))
        return to

    def bring(self, source: object, table) -> None:
        import_.run(argparse.Namespace(**{"from": str(source)}), DeployedDouble({}, table))


def plant(
    bench,
    guest_id: str,
    *texts: str,
    title: str = "Hello",
    status: str = "complete",
    now: float = NOON,
) -> str:
    """A conversation with a turn for each text, whose replies ended as `status` says; its id."""
    store = bench.store
    conversation = Conversation(new_id(now), title, iso(now), iso(now + len(texts)))
    for n, text in enumerate(texts):
        turn = Turn(guest_id, conversation.id, new_id(now + n), new_id(now + n))
        stamp = iso(now + n)
        reply = Message(
            turn.reply_id,
            conversation.id,
            "assistant",
            f"About {text}",
            status,
            stamp,
            turn.reply_id,
            MODEL,
            Usage(7, 11, 3_250, n % 2 == 1),
        )
        question = Message(
            turn.message_id, conversation.id, "user", text, "complete", stamp, turn.reply_id
        )
        begun = Begun(MODEL, 20, 40)
        seen = store.conversations.get(guest_id, conversation.id).turn if n else ""
        store.turns.open(
            turn, conversation, question, reply, begun=begun, new=n == 0, seen=seen, now=now + n
        )
    return conversation.id


def read_back(bench, token: str) -> list[tuple[dict, list[dict]]]:
    """All that a guest sees: each conversation with its messages, page by page."""

    def pages(route: str, **ids: str) -> list[dict]:
        items, cursor = [], None
        while True:
            page = bench.call(
                route,
                token=token,
                query={"limit": "100"} | ({"cursor": cursor} if cursor else {}),
                **ids,
            ).body
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    found = pages("GET /conversations")
    return [
        (conversation, pages("GET /conversations/{id}/messages", id=conversation["id"]))
        for conversation in found
    ]


def lines(source: Path) -> list[dict]:
    return [json.loads(line) for line in (source / NAME).read_text().splitlines()]


@contextmanager
def failing_after(requests: int, error: BaseException, table) -> Iterator[None]:
    """Every batch write after so many ends with `error`."""
    count = itertools.count()

    def fail(**_) -> None:
        if next(count) >= requests:
            raise error

    with hooked(table, fail, "BatchWriteItem"):
        yield
