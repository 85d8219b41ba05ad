"""`make export` and `make import`: everything goes along, once, whatever breaks on the way."""

import errno
import json
import os

import pytest
from botocore.exceptions import ClientError

from handler.ids import new_id
from handler.tokens import hash_token, new_token
from handler.values import month_of
from scripts.archive import lines
from scripts.archive.lines import NAME
from scripts.commands import export
from scripts.console.progress import Failure
from tests.support.archives import Archiver, failing_after, plant, read_back
from tests.support.archives import lines as lines_of
from tests.support.lambda_bench import NOON, MovableClock, make_bench
from tests.support.planned_table import every_item, make_table

TITLE = '../../etc/passwd: "<b>\u202etxt.exe</b>" | CON?*\\\x00\n'


@pytest.fixture
def bench(table, model, settings):
    return make_bench(table, model, settings, MovableClock(NOON))


@pytest.fixture
def other(dynamodb, table_plan, model, settings):
    """A new stack."""
    table = make_table(dynamodb, table_plan)
    return make_bench(table, model, settings, MovableClock(NOON + 60))


@pytest.fixture
def moving(tmp_path, monkeypatch):
    monkeypatch.setattr(export.time, "time", lambda: NOON)
    return Archiver(tmp_path)


def guest(bench, token: str):
    return bench.app.http.admission.guest(token)


def test_all_guests_find_all_again_in_a_new_stack(bench, other, invite, moving, capsys):
    tokens = {
        name: invite(name, days=days, daily_limit=daily)
        for name, days, daily in (("ana", 30, 7), ("bia", 3, 50), ("no words", 1, 1))
    }
    ana, bia = (guest(bench, tokens[name]).id for name in ("ana", "bia"))
    # The second one takes several pages of messages, of 100 and of 1 MB, and more than one request
    # of BatchGetItem.
    for texts in (["one"], [f"{n} {'ä' * 2_600}" for n in range(105)]):
        plant(bench, ana, *texts)
    for status in ("stopped", "truncated", "failed"):
        plant(bench, bia, "why?", "and then?", title=f"It {status} 🏳️‍🌈", status=status)
    folder = moving.export(bench.table)
    assert capsys.readouterr().out == f"{folder}\n"
    moving.bring(folder, other.table)
    said = capsys.readouterr()
    links = [line.split("#invite=")[1] for line in said.out.splitlines()]
    assert len(links) == 3
    for name, token in zip(sorted(tokens), links, strict=True):
        here, there = guest(bench, tokens[name]), guest(other, token)
        assert (there.name, there.daily_limit, there.id) == (name, here.daily_limit, here.id)
        assert read_back(other, token) == read_back(bench, tokens[name])
    assert "Imported 5 conversations" in said.err


def test_what_was_brought_is_of_use_and_in_nobodys_books(
    bench, other, token, moving, model, capsys
):
    conversation = plant(bench, guest(bench, token).id, "one", "two", status="failed")
    before = read_back(bench, token)[0][1]
    moving.bring(moving.export(bench.table), other.table)
    link = capsys.readouterr().out.strip().split("=")[-1]
    assert other.store.ledger.read(month=month_of(NOON)).total.turns == 0
    assert [
        other.call("GET /messages/{id}", token=link, id=message["id"]).body for message in before
    ] == before
    model.says("Now it works.")
    again = {"text": "two", "message_id": before[2]["id"], "conversation_id": conversation}
    assert other.call("POST /chat", token=link, body=again).body["reply"]["text"] == "Now it works."
    model.says("And on.")
    assert (
        other.call(
            "POST /chat", token=link, body={"text": "three", "conversation_id": conversation}
        ).status
        == 200
    )
    assert [message["text"] for message in read_back(other, link)[0][1]][-3:] == [
        "Now it works.",
        "three",
        "And on.",
    ]
    assert other.call("DELETE /conversations", token=link).status == 204
    assert [
        item for item in every_item(other.table) if item["pk"].startswith(("CONV#", "OWNER#"))
    ] == []


def test_no_token_nor_its_hash_leaves_the_stack(bench, token, moving):
    plant(bench, guest(bench, token).id, "one")
    folder = moving.export(bench.table)
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert token.encode() not in written
    assert hash_token(token).encode() not in written
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_second_import_changes_nothing(bench, other, token, moving, capsys):
    plant(bench, guest(bench, token).id, "one", "two")
    folder = moving.export(bench.table)
    moving.bring(folder, other.table)
    before = every_item(other.table)
    capsys.readouterr()
    moving.bring(folder, other.table)
    said = capsys.readouterr()
    assert said.out == ""
    assert "Imported 0 conversations" in said.err
    assert "1 were there already" in said.err
    assert every_item(other.table) == before


def test_what_is_newer_is_never_overwritten(bench, token, moving, model):
    conversation = plant(bench, guest(bench, token).id, "one")
    folder = moving.export(bench.table)
    bench.call(
        "PATCH /conversations/{id}", token=token, id=conversation, body={"title": "A better one"}
    )
    model.says("Newer.")
    bench.ask(token, "two", conversation_id=conversation)
    before = every_item(bench.table)
    moving.bring(folder, bench.table)
    assert every_item(bench.table) == before


def test_what_was_deleted_comes_back_with_its_bill_as_it_was(bench, token, moving, model):
    model.says("Yes.")
    bench.ask(token)
    folder, before = moving.export(bench.table), every_item(bench.table)
    bench.call("DELETE /conversations", token=token)
    moving.bring(folder, bench.table)
    assert [item for item in every_item(bench.table) if not item["pk"].startswith("REPLY#")] == [
        item for item in before if not item["pk"].startswith("REPLY#")
    ]


# The items of the first 30 conversations are five requests at once, the conversations themselves
# two more.
@pytest.mark.parametrize(
    ("requests", "error"),
    [
        (0, KeyboardInterrupt()),
        (3, ClientError({"Error": {"Code": "ExpiredTokenException"}}, "BatchWriteItem")),
        (6, KeyboardInterrupt()),
    ],
)
def test_an_import_that_broke_off_goes_on(bench, other, token, moving, capsys, requests, error):
    for n in range(30):
        plant(bench, guest(bench, token).id, f"text {n}")
    folder = moving.export(bench.table)
    with failing_after(requests, error, other.table), pytest.raises(type(error)):
        moving.bring(folder, other.table)
    said = capsys.readouterr()
    assert "It broke off after" in said.err
    assert "the same command goes on from there" in said.err
    assert "#invite=" not in said.out
    moving.bring(folder, other.table)
    link = capsys.readouterr().out.strip().split("=")[-1]
    assert read_back(other, link) == read_back(bench, token)


def test_guests_of_the_same_name_are_joined(bench, other, invite, moving, capsys):
    token, there = invite("ana"), new_token()
    other.store.guests.create(
        name="ana", token_hash=hash_token(there), days=1, daily_limit=3, now=NOON
    )
    plant(bench, guest(bench, token).id, "one")
    plant(other, guest(other, there).id, "hers")
    folder = moving.export(bench.table)
    capsys.readouterr()
    moving.bring(folder, other.table)
    assert capsys.readouterr().out == ""
    assert sorted(messages[0]["text"] for _, messages in read_back(other, there)) == ["hers", "one"]
    assert guest(other, there).daily_limit == 3


def test_conversations_of_a_revoked_guest_go_along_without_an_invite(
    bench, other, token, moving, capsys
):
    guest_id = guest(bench, token).id
    plant(bench, guest_id, "one")
    bench.store.guests.revoke(name="ana")
    folder = moving.export(bench.table)
    assert [line["type"] for line in lines_of(folder)] == ["header", "conversation", "end"]
    assert [path.name for path in (folder / "markdown").iterdir()] == [
        f"former guest {guest_id[-6:]}"
    ]
    capsys.readouterr()
    moving.bring(folder, other.table)
    assert capsys.readouterr().out == ""
    assert [
        conversation.title
        for conversation in other.store.conversations.page(guest_id, limit=9, cursor=None)[0]
    ] == ["Hello"]


def test_an_expired_guest_gets_no_invite_and_finds_all_again_with_the_next(
    bench, other, invite, moving, capsys, monkeypatch
):
    token = invite("otto", days=1)
    plant(bench, guest(bench, token).id, "one")
    before = read_back(bench, token)
    monkeypatch.setattr(export.time, "time", lambda: NOON + 2 * 86_400)
    folder = moving.export(bench.table)
    capsys.readouterr()
    moving.bring(folder, other.table)
    assert capsys.readouterr().out == ""
    renewed = new_token()
    other.store.guests.create(
        name="otto", token_hash=hash_token(renewed), days=9, daily_limit=3, now=NOON + 3 * 86_400
    )
    assert read_back(other, renewed) == before


def test_nobody_gets_what_is_another_guests_here(bench, invite, moving, capsys):
    former = guest(bench, invite("ana")).id
    plant(bench, former, "hers")
    folder = moving.export(bench.table)
    bench.store.guests.revoke(name="ana")
    token = invite("ana")
    before = every_item(bench.table)
    moving.bring(folder, bench.table)
    assert "1 were left out: in this stack they are another guest's." in capsys.readouterr().err
    assert every_item(bench.table) == before
    assert read_back(bench, token) == []


def test_a_running_reply_goes_along_as_it_stands_and_arrives_as_failed(
    bench, other, token, moving, capsys
):
    conversation = plant(bench, guest(bench, token).id, "one", status="streaming")
    (question, _) = read_back(bench, token)[0][1]
    turn = bench.store.turns.claimed(guest(bench, token).id, question["id"])
    bench.store.replies.save_chunk(turn, 0, "Once upon", now=NOON)
    folder = moving.export(bench.table)
    (_, _, written, _) = lines_of(folder)
    assert [(message["status"], message["text"]) for message in written["messages"]][1] == (
        "streaming",
        "Once upon",
    )
    assert "*(still being written)*" in next(folder.rglob("*.md")).read_text()
    capsys.readouterr()
    moving.bring(folder, other.table)
    link = capsys.readouterr().out.strip().split("=")[-1]
    reply = read_back(other, link)[0][1][1]
    assert (reply["conversation_id"], reply["status"], reply["text"]) == (
        conversation,
        "failed",
        "Once upon",
    )
    # Nobody writes any more where it came from, either.
    bench.app.http.clock.now = export.time.time() + 3_600
    assert read_back(bench, token)[0][1][1]["status"] == "failed"


def test_hostile_titles_are_files_like_all_others(bench, token, moving):
    titles = [
        TITLE,
        "..",
        "con",
        "x" * 120,
        "ф" * 120,
        "👩‍👩‍👧‍👦" * 17,
        "same",
        "same",
        "SAME",
        "\u202e",
        ".hidden",
        "-rf ~",
        "C:\\x",
    ]
    for title in titles:
        plant(bench, guest(bench, token).id, "# not a title", title=title)
    folder = moving.export(bench.table)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.parent for path in files} == {folder, folder / "markdown/ana"}
    assert len(files) == 1 + len(titles)
    for name in (path.name for path in files if path.suffix == ".md"):
        assert name.startswith("2026-11-22 ")
        assert len(name.encode()) <= 143
        assert not set(name) & set('<>:"/\\|?*\u202e\x00\n')
    assert sorted(line["title"] for line in lines_of(folder)[2:-1]) == sorted(titles)


@pytest.mark.parametrize("moment", ["header", "conversation", "end"])
@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        KeyboardInterrupt(),
        ClientError({}, "Query"),
    ],
)
def test_an_export_that_breaks_off_leaves_nothing(
    bench, token, moving, monkeypatch, capsys, moment, error
):
    plant(bench, guest(bench, token).id, "one")

    def fail(*_) -> None:
        raise error

    monkeypatch.setattr(lines.Lines, moment, fail)
    raised = Failure if isinstance(error, OSError) else type(error)
    with pytest.raises(raised) as failed:
        moving.export(bench.table, moving.folder / "here")
    if raised is Failure:
        assert (
            str(failed.value)
            == "The export could not be written (No space left on device); nothing of it was kept."
        )
    if raised is KeyboardInterrupt:
        assert "The export was interrupted; nothing of it was kept." in capsys.readouterr().err
    assert list(moving.folder.iterdir()) == []


def test_an_export_never_takes_the_place_of_what_is_there(bench, moving):
    (moving.folder / "kept").write_text("mine")
    for there in (moving.folder, moving.folder / "kept"):
        with pytest.raises(Failure, match="exists already"):
            moving.export(bench.table, there)
    assert [path.name for path in moving.folder.iterdir()] == ["kept"]


def test_the_lines_alone_go_to_stdout(bench, other, token, moving, capfdbinary):
    plant(bench, guest(bench, token).id, "ünï")
    moving.export(bench.table, "-")
    out = capfdbinary.readouterr().out
    assert [json.loads(line)["type"] for line in out.splitlines()] == [
        "header",
        "guest",
        "conversation",
        "end",
    ]
    path = moving.folder / "a file.jsonl"
    path.write_bytes(out)
    moving.bring(path, other.table)
    assert len(every_item(other.table)) > 5


def test_an_empty_stack_is_an_export_too(bench, other, moving):
    folder = moving.export(bench.table)
    before = every_item(other.table)
    moving.bring(folder, other.table)
    assert every_item(other.table) == before


def test_a_turn_of_another_conversation_is_not_taken_over(bench, other, token, moving):
    """A file that was changed by hand so that two conversations share a turn."""
    plant(bench, guest(bench, token).id, "one")
    folder = moving.export(bench.table)
    moving.bring(folder, other.table)
    before = every_item(other.table)
    (_, _, written, _) = lines_of(folder)
    path = folder / NAME
    path.write_text(path.read_text().replace(written["id"], new_id()))
    moving.bring(folder, other.table)
    assert every_item(other.table) == before
