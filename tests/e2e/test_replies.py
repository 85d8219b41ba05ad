"""Replies on the whole local stack with a model of a known slowness (`MODEL_URL`): without a reader,
stopped, and as OpenAI's client reads them. tests/drills/test_long_replies.py has those that outlast
API Gateway's 29 seconds."""

import json

import openai
import pytest

from handler.ids import new_id
from tests.support.fake_openai import Script
from tests.support.local_stack import PATIENCE
from tests.support.slow_model import slow_model, whole, words
from tests.support.waiting import until


@pytest.fixture(scope="module")
def slow(stack):
    with slow_model(stack) as model:
        yield model


def test_a_closed_tab_does_not_end_the_reply(stack, slow):
    slow.script = Script(words(100), PATIENCE)
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
        reply_id = json.loads(connection.recv(timeout=PATIENCE))["reply_id"]

    def message() -> dict:
        return stack.call("GET", f"/messages/{reply_id}").json()

    assert message()["status"] == "streaming"
    slow.script.go_on()
    until(lambda: message()["status"] == "complete", "the reply is complete", pause=0.3)
    assert message()["text"] == whole(100)


def test_stop_keeps_what_was_written(stack, slow):
    slow.script = Script(words(400), 0.05)
    with stack.socket() as connection:
        connection.send(
            json.dumps(
                {"action": "chat", "token": stack.token, "text": "Count.", "message_id": new_id()}
            )
        )
        reply_id = json.loads(connection.recv(timeout=PATIENCE))["reply_id"]
        told = ""
        while len(told) <= 50:
            told += json.loads(connection.recv(timeout=PATIENCE)).get("text", "")
        assert stack.call("POST", f"/messages/{reply_id}/stop").status_code == 202
        frame = {}
        while frame.get("type") != "finished":
            frame = json.loads(connection.recv(timeout=PATIENCE))
    assert frame["message"]["status"] == "stopped"
    message = stack.call("GET", f"/messages/{reply_id}").json()
    assert whole(400).startswith(message["text"])
    assert 50 < len(message["text"]) < len(whole(400)), "the model wrote to its end"


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
