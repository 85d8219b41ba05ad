"""An export's file is whole, or it is refused with the number of the line that is wrong."""

import io
import json
from dataclasses import replace

import pytest

from handler.ids import new_id
from handler.values import Conversation, Guest, Message, Usage, iso
from scripts.archive.lines import NAME, Lines
from scripts.archive.source import Source, path_of
from scripts.console.progress import Failure

NOON = 1_795_348_800.0
ANA = Guest(new_id(NOON), "ana", iso(NOON), int(NOON) + 86_400, 50, 0)
HELLO = Conversation(new_id(NOON), "Hello", iso(NOON), iso(NOON + 1))
TURN = new_id(NOON)
USAGE = Usage(10, 20, 5_500, estimated=True)
TURNS = [
    Message(new_id(NOON), HELLO.id, "user", "Hi", "complete", iso(NOON), TURN),
    Message(
        TURN,
        HELLO.id,
        "assistant",
        "Hello!",
        "stopped",
        iso(NOON),
        TURN,
        "mistral",
        USAGE,
        guarded=True,
    ),
]


def written(conversation: Conversation = HELLO, messages: list[Message] = TURNS) -> list[dict]:
    """An export's lines."""
    file = io.BytesIO()
    lines = Lines(file)
    lines.header("forever-us", NOON)
    lines.guest(ANA)
    lines.conversation(ANA.id, conversation, [messages])
    lines.end()
    return [json.loads(line) for line in file.getvalue().splitlines()]


class File(io.BytesIO):
    name = NAME


def source(lines: list) -> Source:
    return Source(
        File(
            b"".join(
                line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
                for line in lines
            )
        )
    )


def test_what_was_written_is_read():
    found = source(written())
    found.check()
    ((archived, _),) = found.conversations()
    assert found.guests == [ANA]
    assert (archived.guest_id, archived.messages) == (ANA.id, tuple(TURNS))
    assert archived.conversation == Conversation(
        HELLO.id, "Hello", HELLO.created_at, HELLO.updated_at, TURN
    )


# Which line is changed, how, and what is said of it.
BROKEN = {
    "an empty file": (None, lambda lines: [], "Line 1 of .* is wrong: it is not JSON"),
    "another file": (1, b"PK\x03\x04", "Line 1 of .* is wrong: it is not JSON"),
    "other JSON": (1, b'{"a":1}\n', "Line 1 .*: it is not the header of an export"),
    "a later format": (
        1,
        {"format": 2},
        "Line 1 .*: it is of format 2, and this version reads format 1: update it first",
    ),
    "half a line": (3, b'{"type":"conversation","guest":', "Line 3 .*: it is not JSON"),
    "not UTF-8": (3, b'{"type":"\xff"}\n', "Line 3 .*: it is not JSON"),
    "too deep": (3, b"[" * 100_000 + b"\n", "Line 3 .*: it is not JSON"),
    "an empty line": (3, b"\n", "Line 3 .*: it is not JSON"),
    "a list": (3, b"[]\n", "Line 3 .*: it is not a JSON object"),
    "an unknown type": (
        3,
        {"type": "message"},
        "Line 3 .*: `type` is not guest, conversation or end",
    ),
    "no type": (3, b"{}\n", "Line 3 .*: `type` is not"),
    "a bad name": (2, {"name": "../ana"}, "Line 2 .*: `name` is not what it should be"),
    "a bad limit": (2, {"daily_limit": True}, "Line 2 .*: `daily_limit` is not"),
    "a bad time": (2, {"expires_at": "2026-11-22"}, "Line 2 .*: `expires_at` is not"),
    "a token": (2, {"token": "secret"}, "Line 2 .*: `token` is unknown"),
    "half a surrogate pair": (3, {"title": "\ud800"}, "Line 3 .*: `title` is not"),
    "no title": (3, {"title": ""}, "Line 3 .*: `title` is not"),
    "a strange id": (3, {"id": "CONV#1"}, "Line 3 .*: `id` is not"),
    "no messages": (3, {"messages": None}, "Line 3 .*: `messages` is not"),
    "an end that counts others": (
        4,
        {"messages": 3},
        "holds 1 guests, 1 conversations, 2 messages, and its last line counts others",
    ),
    "no end": (None, lambda lines: lines[:-1], "has no end: the export broke off after line 3"),
    "more after the end": (
        None,
        lambda lines: [*lines, lines[2]],
        "Line 5 .*: it stands after the end",
    ),
    "a conversation twice": (
        None,
        lambda lines: [*lines[:3], *lines[2:]],
        "Line 4 .*: it comes twice",
    ),
    "a guest twice": (
        None,
        lambda lines: [*lines[:2], lines[1] | {"id": new_id()}, *lines[2:]],
        "Line 3 .*: it comes twice",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_with_the_number_of_its_line(case):
    number, change, said = BROKEN[case]
    lines = written()
    if number is None:
        lines = change(lines)
    else:
        lines[number - 1] = change if isinstance(change, bytes) else lines[number - 1] | change
    with pytest.raises(Failure, match=said):
        source(lines).check()


MESSAGES = {
    "id": "x",
    "conversation_id": new_id(),
    "role": "system",
    "text": None,
    "status": "done",
    "created_at": 1,
    "turn": new_id(),
    "model": 7,
    "usage": {"input_tokens": 1, "output_tokens": 1, "cost_usd": -1},
    "guardrail": False,
    "colour": "red",
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_broken_message_is_refused(name):
    lines = written()
    lines[2]["messages"][1][name] = MESSAGES[name]
    with pytest.raises(Failure, match=r"Line 3 of .* is wrong: in message 2 `"):
        source(lines).check()


@pytest.mark.parametrize("messages", [TURNS[::-1], [TURNS[0], TURNS[0]]], ids=["back", "twice"])
def test_messages_out_of_order_are_refused(messages):
    with pytest.raises(Failure, match="its messages are not in order"):
        source(written(messages=messages)).check()


def test_a_text_fills_an_item_of_the_table_and_not_more():
    longest = "é" * 200_000
    source(written(messages=[replace(TURNS[0], text=longest)])).check()
    with pytest.raises(Failure, match=r"in message 1 `text` is not what it should be"):
        source(written(messages=[replace(TURNS[0], text=longest + "e")])).check()


def test_markdown_is_not_imported(tmp_path):
    (tmp_path / "a.md").touch()
    for path in (tmp_path / "a.md", tmp_path / "markdown"):
        with pytest.raises(Failure, match="Markdown is there to be read and cannot be imported"):
            path_of(str(path))
    with pytest.raises(Failure, match=r"There is no .*/conversations\.jsonl"):
        path_of(str(tmp_path))
    with pytest.raises(Failure, match="Say what to import"):
        path_of("")
