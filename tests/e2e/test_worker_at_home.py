"""A worker of one's own, from the make target to the words in a guest's socket: the real worker,
the real model, the whole stack."""

import json
import os
import re
import signal
import time

import pytest

from handler.ids import new_id
from scripts.local import daemons, services
from tests.support.local_stack import PATIENCE, LocalStack
from tests.support.queue import JobQueue
from tests.support.waiting import until
from tests.support.worker import WorkerProcess

STORY = "Tell me a story about a lighthouse, in three paragraphs."
LONG = "Write a very long story about a river, with many details."


@pytest.fixture(scope="module")
def switch(stack: LocalStack):
    """The model is switched back to Bedrock when the tests are over."""
    yield
    stack.make("llm-on", "ENV=local")


@pytest.fixture
def at_work(stack: LocalStack, switch):
    """A worker has answered on the stack, the same one as for the test before if that left it
    running; what `make llm-on` said."""
    return stack.make("llm-on", "ENV=local", "BACKEND=worker", "HOURS=2").stderr


def ask(stack: LocalStack, text: str, **more: str):
    """One turn over a socket, frame by frame, each with the seconds since the question."""
    with stack.socket() as connection:
        began = time.monotonic()
        connection.send(
            json.dumps(
                {"action": "chat", "token": stack.token, "text": text, "message_id": new_id()}
                | more
            )
        )
        while True:
            frame = json.loads(connection.recv(timeout=PATIENCE))
            yield time.monotonic() - began, frame
            if frame["type"] in ("finished", "failed"):
                return


def message(stack: LocalStack, reply_id: str) -> dict:
    return stack.call("GET", f"/messages/{reply_id}").json()


def test_the_words_of_a_worker_come_as_they_are_written(stack, at_work):
    assert re.search(r"first word came after [\d.]+ s", at_work)

    def idle_status() -> str | None:
        said = stack.make("status", "ENV=local").stdout
        free = r"^worker  local-1 ready, 0 of 2 busy, lease until .*\.gguf$"
        return said if re.search(free, said, re.MULTILINE) else None

    status = until(idle_status, "the worker has nothing left to do")
    assert "(worker)" in status.splitlines()[0]
    frames = list(ask(stack, STORY))
    (_, started), *_, (whole, finished) = frames
    deltas = [(at, frame["text"]) for at, frame in frames if frame["type"] == "delta"]
    assert finished["message"]["status"] in ("complete", "truncated")
    reply = message(stack, started["reply_id"])
    assert finished["message"] == reply
    assert reply["text"] == "".join(text for _, text in deltas)
    assert reply["model"] == "worker"
    assert reply["usage"]["output_tokens"] > 0
    assert len(deltas) > 3
    assert deltas[-1][0] - deltas[0][0] > whole / 10, "it was told all at once"
    print(
        f"first word {deltas[0][0]:.2f} s, {reply['usage']['output_tokens']} tokens, "
        f"{len(deltas)} deltas in {whole:.1f} s"
    )


def test_a_stop_reaches_the_worker(stack, at_work):
    turn = ask(stack, LONG)
    reply_id, told, stopped = None, 0, 0.0
    for at, frame in turn:
        reply_id = reply_id or frame.get("reply_id")
        told += frame["type"] == "delta"
        if told == 2 and not stopped:
            assert stack.call("POST", f"/messages/{reply_id}/stop").status_code == 202
            stopped = at
    assert frame["message"]["status"] == "stopped"
    reply = message(stack, reply_id)
    assert (reply["status"], bool(reply["text"])) == ("stopped", True)
    print(f"stopped {at - stopped:.2f} s after it was asked for")


def test_a_worker_killed_in_mid_reply_leaves_its_partial_and_the_next_question_is_told_the_truth(
    stack, at_work
):
    told = []
    for at, frame in ask(stack, LONG):
        if frame["type"] == "started":
            reply_id = frame["reply_id"]
        if frame["type"] == "delta":
            told.append(frame["text"])
        if len(told) == 3 and frame["type"] == "delta":
            os.kill(stack.pid("worker"), signal.SIGKILL)
            killed = at
    assert (frame["type"], frame["code"]) == ("failed", "model_unavailable")
    assert frame["detail"] == "The model worker ended before its reply did."
    reply = message(stack, reply_id)
    assert reply["status"] == "failed"
    assert reply["text"] == "".join(told), "kept as it was told, and only once"
    print(f"failed {at - killed:.1f} s after the kill, {len(reply['text'])} characters kept")

    *_, (at, frame) = ask(stack, "Hello?")
    assert (frame["type"], frame["code"]) == ("failed", "model_unavailable")
    assert frame["detail"] == "No model worker is running."
    print(f"nobody there: told after {at:.1f} s")
    assert (
        "none is alive: make llm-on ENV=local BACKEND=worker"
        in stack.make("status", "ENV=local").stdout
    )


def test_a_job_of_a_killed_worker_is_written_by_the_other(stack, at_work, tmp_path):
    """What the first had not begun is written by the second."""
    deployed = stack.deployed
    queue = JobQueue(deployed.client("sqs"), deployed.table(), stack.outputs["worker_queue_url"])
    with WorkerProcess(queue, tmp_path, "local-2", MODEL_FILE=services.embedded_model()) as second:
        second.reaches("ready")
        os.kill(stack.pid("worker"), signal.SIGKILL)
        frames = list(ask(stack, "Say hello in one sentence."))
        assert frames[-1][1]["message"]["status"] in ("complete", "truncated")
        print(f"written by the other after {frames[-1][0]:.1f} s")


def test_switching_off_ends_the_worker_and_leaves_no_process(stack, at_work):
    pid = stack.pid("worker")
    began = time.monotonic()
    said = stack.make("llm-off", "ENV=local").stderr
    seconds = time.monotonic() - began
    assert "The worker has ended." in said
    assert daemons.started_at(pid) is None
    print(f"off after {seconds:.1f} s")
