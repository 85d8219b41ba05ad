"""What was written is never lost, at a price that stays small however long a reply or a
conversation is."""

import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict

import pytest

from handler.ids import new_id
from handler.money import DAY
from handler.store.replies import ALIVE
from handler.tokens import hash_token
from handler.values import Turn, TurnRequest
from tests.support.lambda_bench import NOON, hooked
from tests.support.waiting import until


@pytest.fixture
def meter(table):
    """Counts what DynamoDB is asked: requests by operation, and write units as 1 KB steps of what
    is written."""
    counts: dict[str, int] = {}

    def count(model, params, **_):
        counts[model.name] = counts.get(model.name, 0) + 1
        counts["bytes"] = counts.get("bytes", 0) + len(params["body"])

    with hooked(table, count):
        yield counts


def test_a_killed_function_leaves_a_reply_that_is_read_as_failed_and_can_be_tried_again(
    bench, table, token, model, environment_of_function
):
    model.says(reply_tokens=500, pace=0.05)
    ask = TurnRequest("Tell me everything", new_id())
    admitted = bench.app.http.admission.admit(token)
    event = {
        "turn": {
            "ask": asdict(ask),
            "admitted": asdict(admitted),
            "connection_id": "c1",
            "request_id": "r1",
            "gate_ms": 0,
            "sent_at": bench.app.http.clock(),
        }
    }
    url = table.meta.client.meta.endpoint_url
    words = [url, table.name, model.url, json.dumps(environment_of_function), json.dumps(event)]
    process = subprocess.Popen([sys.executable, "-m", "tests.support.turn_process", *words])

    def partial() -> dict | None:
        answer = bench.call("GET /messages/{id}", token=token, id=ask.message_id)
        if answer.status != 200:
            return None
        conversation = answer.body["conversation_id"]
        page = bench.call("GET /conversations/{id}/messages", token=token, id=conversation)
        reply = page.body["items"][1]
        assert reply["status"] == "streaming"
        return reply if reply["text"] else None

    message = until(partial, "a part of the reply is saved")
    process.send_signal(signal.SIGKILL)
    process.wait()

    later = bench.app.http.clock() + ALIVE + 60
    settled = bench.store.messages.find(admitted.guest.id, message["id"], now=later)
    assert settled.status == "failed"
    assert settled.text.startswith("w0 w1 ")
    assert bench.message(token, message["id"])["text"] == settled.text

    model.faults.clear()
    model.says("All of it.")
    frames = bench.chat("c2", token, ask.text, ask.message_id)
    assert (frames[0]["reply_id"], frames[-1]["message"]["status"]) == (message["id"], "complete")
    assert bench.message(token, message["id"])["text"] == "All of it."


def write_units(item: dict) -> int:
    """What one write of an item costs: a unit for each KB of its names and values (Developer Guide,
    "DynamoDB item sizes")."""
    return -(-len(json.dumps(item, default=str, ensure_ascii=False).encode()) // 1024)


@pytest.mark.parametrize(("tokens", "pace"), [(300, 0.002), (4_000, 0)])
def test_saving_a_reply_as_it_grows_costs_under_5_percent_of_the_model(
    bench, table, token, model, meter, tokens, pace
):
    # The month's first turn opens its books.
    model.says("Hello")
    bench.chat("c1", token, "Hi", new_id())
    meter.clear()
    words = " ".join("word"[: n % 5 or 4] for n in range(tokens))
    model.says(words, pace=pace)
    reply_id = bench.chat("c1", token, "Write", new_id())[0]["reply_id"]
    items = table.scan()["Items"]
    chunks = [item for item in items if item["sk"].startswith("CHUNK#")]
    (reply,) = [
        item for item in items if item.get("id") == reply_id and item["sk"].startswith("MSG#")
    ]
    assert reply["text"] == words
    units = sum(map(write_units, chunks)) + write_units(reply)
    # $0.625 a million write units; Mistral 7B's output is $0.20 a million tokens.
    assert units * 0.625 < 0.05 * tokens * 0.20
    # The turn's record comes first, then one transaction opens the turn; the guest's count, the
    # reservation, the end, the closing of the record and the settlement are one update each.
    assert meter["TransactWriteItems"] == 1
    assert meter["PutItem"] == 1 + len(chunks)
    assert meter["UpdateItem"] == 5
    print(f"{tokens} tokens: {len(words)} bytes, {len(chunks)} chunks, {units} write units")


def test_what_is_saved_of_a_running_reply_expires(bench, table):
    turn = Turn(new_id(), new_id(), new_id(), new_id())
    bench.store.replies.save_chunk(turn, 0, "Half of it", now=NOON)
    (chunk,) = (item for item in table.scan()["Items"] if item["sk"].startswith("CHUNK#"))
    assert chunk["ttl"] == NOON + ALIVE + 90 * DAY


def test_a_second_caller_over_http_waits_for_the_running_reply(bench, token, model):
    model.says(reply_tokens=30, pace=0.05)
    ask = {"text": "Hi", "message_id": new_id()}
    bench.send("c1", {"action": "chat", "token": token, **ask})
    until(lambda: bench.frames("c1"), "the turn has begun")
    answer = bench.call("POST /chat", token=token, body=ask)
    bench.invoker.settle()
    assert (answer.status, answer.body["reply"]["text"]) == (
        200,
        "".join(f"w{n} " for n in range(30)),
    )
    assert answer.body["reply"]["id"] == bench.frames("c1")[0]["reply_id"]
    assert model.calls == 1


def test_a_stop_reaches_a_model_that_pauses_between_words(bench, token, model):
    model.says("One long pause", pace=600)
    bench.begin("c1", token)
    until(lambda: len(bench.frames("c1")) > 1, "the reply has its first word")
    assert bench.frames("c1")[1]["text"] == "One "
    asked_at = time.monotonic()
    bench.call("POST /messages/{id}/stop", token=token, id=bench.frames("c1")[0]["reply_id"])
    bench.invoker.settle()
    until(lambda: not model.faults.report()["running"], "the model ends after the stop")
    assert bench.frames("c1")[-1]["message"]["status"] == "stopped"
    print(f"the model ended {time.monotonic() - asked_at:.2f} s after the stop")


def grow(bench, table, token: str, model, messages: int) -> str:
    """A conversation with that many messages."""
    model.says("Yes.")
    conversation = bench.chat("c1", token, "First", new_id())[0]["conversation_id"]
    with table.batch_writer() as batch:
        for n in range((messages - 2) // 2):
            turn = new_id(1_000_000 + n)
            common = {
                "pk": f"CONV#{conversation}",
                "created_at": "2026-01-01T00:00:00.000Z",
                "status": "complete",
            }
            batch.put_item(
                Item=common
                | {"sk": f"MSG#{turn}#0", "id": new_id(), "role": "user", "text": f"Question {n}"}
            )
            batch.put_item(
                Item=common
                | {"sk": f"MSG#{turn}#1", "id": turn, "role": "assistant", "text": f"Answer {n}"}
            )
    return conversation


def test_a_turn_reads_the_same_in_a_short_and_in_a_long_conversation(
    bench, table, token, model, meter
):
    reads = []
    for messages in (10, 600):
        conversation = grow(bench, table, token, model, messages)
        meter.clear()
        model.says("Sure.")
        bench.chat("c1", token, "Next", new_id(), conversation_id=conversation)
        reads.append(
            {name: meter.get(name, 0) for name in ("GetItem", "Query", "BatchGetItem", "Scan")}
        )
    assert reads[0] == reads[1]
    assert reads[0]["Query"] == 1
    assert reads[0]["Scan"] == 0


def test_a_long_conversation_is_read_whole_in_pages(bench, table, token, model):
    conversation = grow(bench, table, token, model, 602)
    seen, cursor = 0, None
    while True:
        query = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
        page = bench.call(
            "GET /conversations/{id}/messages", token=token, id=conversation, query=query
        ).body
        seen += len(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == 602


def test_deleting_a_conversation_leaves_nothing_of_it_in_the_table(bench, table, token, model):
    model.says("A reply.")
    conversation = bench.chat("c1", token, "A question", new_id())[0]["conversation_id"]
    bench.call("DELETE /conversations/{id}", token=token, id=conversation)
    left = table.scan()["Items"]
    # What a turn cost stays on record, without a word of it.
    assert {item["pk"].split("#")[0] for item in left} == {"GUEST", "NAMES", "STACK", "TURNS"}
    assert "A reply." not in str(left) and "A question" not in str(left)


def test_a_turn_in_a_conversation_that_is_deleted_meanwhile_ends_quietly(bench, token, model):
    model.says(reply_tokens=300, pace=0.05)
    bench.begin("c1", token)
    until(lambda: len(bench.frames("c1")) > 1, "the reply has its first word")
    conversation = bench.frames("c1")[0]["conversation_id"]
    assert bench.call("DELETE /conversations/{id}", token=token, id=conversation).status == 204
    bench.invoker.settle()
    assert bench.frames("c1")[-1]["message"]["status"] == "stopped"
    assert (
        bench.call("GET /conversations/{id}/messages", token=token, id=conversation).code
        == "not_found"
    )


def test_a_reader_that_comes_back_gets_the_running_reply_from_its_first_word(bench, token, model):
    model.says(reply_tokens=60, pace=0.05)
    frame = {"action": "chat", "token": token, "text": "Hi", "message_id": new_id()}
    bench.send("c1", frame)
    until(lambda: len(bench.frames("c1")) > 2, "the reply grows")
    bench.connections.gone.add("c1")
    bench.send("c2", frame)
    bench.invoker.settle()
    frames = bench.frames("c2")
    assert frames[0] == bench.frames("c1")[0]
    deltas = [f for f in frames if f["type"] == "delta"]
    assert "".join(f["text"] for f in deltas) == "".join(f"w{n} " for n in range(60))
    assert [f["seq"] for f in deltas] == list(range(len(deltas)))
    assert frames[-1]["message"]["status"] == "complete"
    assert model.calls == 1
    assert bench.store.guests.find(hash_token(token), now=bench.app.http.clock()).used == 1


def test_a_socket_can_listen_to_a_turn_that_was_asked_over_http(bench, token, model):
    model.says(reply_tokens=40, pace=0.05)
    ask = {"text": "Hi", "message_id": new_id()}
    answers = []
    caller = threading.Thread(
        target=lambda: answers.append(bench.call("POST /chat", token=token, body=ask))
    )
    caller.start()
    until(lambda: model.faults.report()["running"], "the model writes")
    bench.send("c1", {"action": "chat", "token": token, **ask})
    caller.join()
    bench.invoker.settle()
    told = "".join(frame["text"] for frame in bench.frames("c1") if frame["type"] == "delta")
    assert told == answers[0].body["reply"]["text"] == "".join(f"w{n} " for n in range(40))
    assert [frame["type"] for frame in bench.frames("c1") if frame["type"] != "delta"] == [
        "started",
        "finished",
    ]
    assert model.calls == 1
