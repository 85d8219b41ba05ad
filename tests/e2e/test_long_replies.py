"""Replies that outlast API Gateway's 29 seconds, on the whole local stack with a model of a known
slowness (`MODEL_URL`)."""

import itertools
import json
import threading
import time

import openai
import pytest

from handler.ids import new_id
from tests.support.fake_openai import FakeOpenAi, Script
from tests.support.waiting import until

SECONDS = 90
PACE = 0.15
# The last word comes when all pauses are over: one more than fit.
WORDS = round(SECONDS / PACE) + 2


@pytest.fixture(scope="module")
def slow(stack):
    """The stack with a slow model behind it."""
    with FakeOpenAi(Script(words(WORDS), PACE)) as model:
        stack.up(MODEL_URL=model.url)
        yield model
        del stack.env["MODEL_URL"]
        stack.up()


def words(number: int) -> list[str]:
    """Numbered, so that the missing one is seen."""
    return [f"w{n} " for n in range(number)]


def whole(number: int) -> str:
    return "".join(words(number))


def text_of(frames: list[tuple[float, dict]]) -> str:
    return "".join(frame["text"] for _, frame in frames if frame["type"] == "delta")


def test_a_reply_of_90_seconds_arrives_whole_and_a_second_reader_catches_up(stack, slow):
    message_id, frames, late = new_id(), [], []

    def read_late() -> None:
        time.sleep(SECONDS / 2)
        with stack.socket() as connection:
            late.extend(stack.ask(connection, message_id, "Speak slowly."))

    reader = threading.Thread(target=read_late)
    reader.start()
    with stack.socket() as connection:
        frames = stack.ask(connection, message_id, "Speak slowly.")
    reader.join()

    assert frames[-1][1]["status"] == "complete"
    assert frames[-1][0] > SECONDS
    assert text_of(frames) == text_of(late) == whole(WORDS)
    assert len(slow.asked) == 1
    moments = [at for at, _ in frames]
    pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
    print(
        f"{frames[-1][0]:.1f} s, {len(frames)} frames, longest pause {max(pauses):.2f} s, the "
        f"late reader's first words {late[1][0]:.2f} s"
    )
    # Seven words a second; nothing is cut at 29 s.
    assert max(pauses) < 4
    caught_up = late[1][1]["text"]
    assert len(caught_up) > len(whole(WORDS)) / 4


def test_a_closed_tab_does_not_end_the_reply(stack, slow):
    slow.script = Script(words(100), 0.05)
    message_id = new_id()
    with stack.socket() as connection:
        connection.send(
            json.dumps(
                {
                    "action": "chat",
                    "token": stack.token,
                    "text": "Go on without me.",
                    "message_id": message_id,
                }
            )
        )
        reply_id = json.loads(connection.recv(timeout=30))["reply_id"]
    statuses = set()

    def message() -> dict:
        found = stack.call("GET", f"/messages/{reply_id}").json()
        statuses.add(found["status"])
        return found

    until(lambda: message()["status"] == "complete", "the reply is complete", pause=0.3)
    assert statuses == {"streaming", "complete"}
    assert message()["text"] == whole(100)


def test_stop_keeps_what_was_written(stack, slow):
    slow.script = Script(words(400), 0.05)
    with stack.socket() as connection:
        connection.send(
            json.dumps(
                {"action": "chat", "token": stack.token, "text": "Count.", "message_id": new_id()}
            )
        )
        reply_id = json.loads(connection.recv(timeout=30))["reply_id"]
        time.sleep(2)
        began = time.monotonic()
        assert stack.call("POST", f"/messages/{reply_id}/stop").status_code == 202
        frame = {}
        while frame.get("type") != "finished":
            frame = json.loads(connection.recv(timeout=30))
        print(f"finished {time.monotonic() - began:.2f} s after the stop")
        assert time.monotonic() - began < 8, "the whole reply takes 20 s"
    assert frame["status"] == "stopped"
    message = stack.call("GET", f"/messages/{reply_id}").json()
    assert whole(400).startswith(message["text"])
    assert len(message["text"]) > 50


def test_a_turn_over_http_ends_by_itself_before_the_gateway_cuts_it(stack, slow):
    slow.script = Script(words(700), 0.05)
    began = time.monotonic()
    answer = stack.call("POST", "/chat", json={"text": "Too long for HTTP."})
    assert 24 < time.monotonic() - began < 29
    reply = answer.json()["reply"]
    assert (answer.status_code, reply["status"]) == (200, "truncated")
    assert whole(700).startswith(reply["text"])
    assert len(reply["text"]) > 1_000


def test_the_openai_package_works_against_the_stack(stack, slow):
    slow.script = Script(words(20), 0.01)
    with openai.OpenAI(
        base_url=stack.outputs_now["api_url"] + "/v1", api_key=stack.token, max_retries=0
    ) as client:
        (model,) = client.models.list().data
        answer = client.chat.completions.create(
            model=model.id, messages=[{"role": "user", "content": "Hi"}]
        )
        assert answer.choices[0].message.content == whole(20)
        stream = client.chat.completions.create(
            model=model.id, messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        assert "".join(
            chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices
        ) == whole(20)
