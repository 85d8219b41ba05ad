"""The whole stack as `make up` leaves it: real Terraform, the zip running as a Lambda under
enforced IAM, a real model."""

import json
import os
import signal

import pytest
import requests
from websockets.exceptions import InvalidStatus

from handler import __version__
from handler.ids import new_id
from tests.support.local_stack import PATIENCE
from tests.support.slow_model import text_of


def test_the_model_writes_while_the_guest_reads(stack):
    with stack.socket() as connection:
        frames = stack.ask(
            connection, new_id(), "Tell me a story about a lighthouse, in three paragraphs."
        )
    kinds = [frame["type"] for _, frame in frames]
    assert kinds[0] == "started"
    assert set(kinds[1:-1]) == {"delta"}
    assert kinds[-1] == "finished", frames[-1]
    deltas = [(at, frame) for at, frame in frames if frame["type"] == "delta"]
    assert [frame["seq"] for _, frame in deltas] == list(range(len(deltas)))
    assert len(deltas) >= 3
    # Reading the question may take the longer part, not telling all at once.
    written, whole = deltas[-1][0] - deltas[0][0], frames[-1][0] - frames[0][0]
    assert written > whole / 5, f"told within {written:.2f} of {whole:.2f} s: nothing was streamed"
    usage = frames[-1][1]["message"]["usage"]
    assert usage["output_tokens"] > 20
    assert usage["cost_usd"] == pytest.approx(
        (usage["input_tokens"] * 0.15 + usage["output_tokens"] * 0.2) / 1e6
    )


def test_a_conversation_goes_on_and_is_read_back(stack):
    first = stack.call("POST", "/chat", json={"text": "My name is Ana. Say hello to me."}).json()
    conversation = first["conversation_id"]
    with stack.socket() as connection:
        frames = stack.ask(
            connection, new_id(), "And now say goodbye.", conversation_id=conversation
        )
    page = stack.call("GET", f"/conversations/{conversation}/messages").json()
    assert [message["role"] for message in page["items"]] == ["user", "assistant"] * 2
    assert page["items"][1] == first["reply"]
    assert page["items"][3]["text"] == text_of(frames)
    listed = stack.call("GET", "/conversations").json()["items"]
    assert listed[0] | {"updated_at": ""} == {
        "id": conversation,
        "title": "My name is Ana. Say hello to me.",
        "created_at": listed[0]["created_at"],
        "updated_at": "",
    }


def test_the_same_message_over_both_apis_is_one_reply(stack):
    message_id = new_id()
    with stack.socket() as connection:
        frames = stack.ask(connection, message_id, "Say one word.")
        again = stack.ask(connection, message_id, "Say one word.")
    assert text_of(again) == text_of(frames)
    answer = stack.call(
        "POST", "/chat", json={"text": "Say one word.", "message_id": message_id}
    ).json()
    assert (answer["reply"]["id"], answer["reply"]["text"]) == (
        frames[0][1]["reply_id"],
        text_of(frames),
    )


def test_a_guest_is_invited_sees_only_their_own_and_is_revoked(stack):
    link = stack.make("invite", "ENV=local", "NAME=ana").stdout.strip().splitlines()[-1]
    assert link.startswith(stack.outputs_now["site_url"] + "#invite=")
    token = link.split("#invite=")[1]
    me = stack.call("GET", "/me", token=token).json()
    assert (me["guest"], me["llm"]["state"]) == ({"name": "ana"}, "on")
    assert stack.call("GET", "/conversations", token=token).json()["items"] == []
    again = stack.make("invite", "ENV=local", "NAME=ana", check=False)
    assert again.returncode != 0
    assert "ana has an invite already" in again.stderr
    assert "ana" in stack.make("guests", "ENV=local").stdout
    stack.make("revoke", "ENV=local", "NAME=ana")
    assert stack.call("GET", "/me", token=token).status_code == 401


def test_the_switch_is_obeyed_at_once(stack):
    stack.make("llm-off", "ENV=local")
    try:
        refused = stack.call("POST", "/chat", json={"text": "Hi"})
        assert (refused.status_code, refused.json()["code"]) == (503, "llm_off")
    finally:
        stack.make("llm-on", "ENV=local", "HOURS=2")
    assert stack.call("GET", "/me").json()["llm"]["state"] == "on"


def test_strangers_are_turned_away(stack):
    assert requests.get(stack.outputs_now["api_url"] + "/health", timeout=PATIENCE).json() == {
        "status": "ok",
        "version": __version__,
    }
    refused = requests.get(stack.outputs_now["api_url"] + "/me", timeout=PATIENCE)
    assert (refused.status_code, refused.headers["content-type"]) == (
        401,
        "application/problem+json",
    )
    with pytest.raises(InvalidStatus), stack.socket(origin="https://evil.example"):
        pass
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = requests.options(
        stack.outputs_now["api_url"] + "/chat", headers=preflight, timeout=PATIENCE
    )
    assert "access-control-allow-origin" not in answer.headers


def test_the_page_may_call_the_api(stack):
    asked = {
        "Origin": stack.outputs_now["site_origin"],
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = requests.options(
        stack.outputs_now["api_url"] + "/chat", headers=asked, timeout=PATIENCE
    )
    assert answer.headers["access-control-allow-origin"] == stack.outputs_now["site_origin"]


def test_the_page_is_served_with_its_headers(stack):
    page = stack.page()
    assert page.status_code == 200
    assert stack.outputs_now["api_url"] in page.text
    assert "${" not in page.text
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["content-security-policy"] == "frame-ancestors 'none'"
    assert stack.page("/js/app.js").headers["content-type"].startswith("text/javascript")
    assert stack.page("/nothing").status_code == 404


def test_smoke_and_status_speak_to_the_owner(stack):
    assert "turn" in stack.make("smoke", "ENV=local").stderr
    assert "on until" in stack.make("status", "ENV=local").stdout


def test_a_model_that_is_down_is_an_error_and_never_a_canned_answer(stack):
    os.kill(stack.pid("model"), signal.SIGKILL)
    message_id = new_id()
    try:
        with stack.socket() as connection:
            frames = stack.ask(connection, message_id, "Are you there?")
        assert (frames[-1][1]["type"], frames[-1][1]["code"], frames[-1][1]["retryable"]) == (
            "failed",
            "model_unavailable",
            True,
        )
        assert text_of(frames) == ""
    finally:
        stack.up()
    with stack.socket() as connection:
        frames = stack.ask(connection, message_id, "Are you there?")
    assert frames[-1][1]["message"]["status"] == "complete"


def test_the_outputs_are_one_json_object(stack):
    outputs = json.loads(stack.make("outputs", "ENV=local").stdout)
    assert {"site_url", "api_url", "ws_url", "table_name", "function_name"} <= set(outputs)
    assert outputs["api_url"].startswith("http://127.0.0.1:")
    assert outputs["ws_url"].startswith("ws://127.0.0.1:")


def test_nobody_to_ask_is_a_refusal(stack):
    run = stack.make("destroy", "ENV=local", check=False)
    assert run.returncode != 0
    assert "add YES=1" in run.stderr
    assert json.loads(stack.make("outputs", "ENV=local").stdout)["stack"] == "forever-us-local"
