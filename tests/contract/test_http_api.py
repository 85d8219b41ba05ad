"""The HTTP API's routes and refusals."""

import pytest

from handler.api.http import ROUTES
from handler.ids import new_id

OPEN = {"GET /health"}


@pytest.fixture
def dynamodb(motos_dynamodb):
    return motos_dynamodb


def test_health_needs_no_invite(bench):
    answer = bench.call("GET /health")
    assert (answer.status, answer.body["status"]) == (200, "ok")


@pytest.mark.parametrize("route", sorted(set(ROUTES) - OPEN))
def test_every_other_route_needs_an_invite(bench, route):
    for token in (None, "", "short", "A" * 43, "é" * 43):
        answer = bench.call(route, token=token, body={"text": "Hi"}, id=new_id())
        code = answer.body["error"]["code"] if "/v1/" in route else answer.code
        assert (answer.status, code) == (401, "unauthorized"), token


def test_a_problem_is_rfc_9457(bench, token):
    answer = bench.call("GET /messages/{id}", token=token, id=new_id())
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body == {
        "type": "urn:forever-us:problem:not_found",
        "title": "Nothing is here",
        "status": 404,
        "detail": "Nothing is here.",
        "code": "not_found",
        "retryable": False,
        "request_id": "UdX5lhZ9oAMEVjQ=",
    }


def test_what_no_route_serves_is_not_found(bench, token):
    assert bench.call("$default", token=token).code == "not_found"


def test_me_tells_guest_quota_model_and_spend(bench, token, model):
    model.says("Hello.")
    bench.ask(token)
    me = bench.call("GET /me", token=token).body
    assert me["guest"] == {"name": "ana"}
    assert (me["quota"]["limit"], me["quota"]["used"]) == (50, 1)
    assert me["llm"].pop("paused_until") is None
    assert me["llm"] | {"on_until": None} == {
        "state": "on",
        "backend": "bedrock",
        "model": "mistral.mistral-7b-instruct-v0:2",
        "models": [
            {
                "id": "mistral.mistral-7b-instruct-v0:2",
                "name": "Mistral 7B Instruct",
                "state": "ready",
            }
        ],
        "on_until": None,
    }
    cost = pytest.approx((10 * 0.15 + 1 * 0.20) / 1e6)
    forecast = me["spend"].pop("forecast_usd")
    month = me["spend"].pop("month")
    assert me["spend"] == {
        "usd": cost,
        "limit_usd": 5,
        "day_usd": cost,
        "day_limit_usd": 1,
        "replies": 1,
        "usd_per_reply": cost,
    }
    assert me["spend"]["usd"] <= forecast <= 5
    assert month == me["quota"]["resets_at"][:7] or me["quota"]["resets_at"][8:10] == "01"


def test_post_chat_gives_a_whole_turn(bench, token, model):
    model.says("A whole answer.")
    answer = bench.ask(token)
    assert answer.status == 200
    reply = answer.body["reply"]
    assert (reply["role"], reply["text"], reply["status"]) == (
        "assistant",
        "A whole answer.",
        "complete",
    )
    assert reply["conversation_id"] == answer.body["conversation_id"]
    assert reply["model"] == "mistral.mistral-7b-instruct-v0:2"


def test_the_quota_ends_at_its_limit(bench, invite, model):
    token = invite("bia", daily_limit=2)
    for _ in range(2):
        model.says("Yes.")
        assert bench.ask(token).status == 200
    refused = bench.ask(token)
    assert (refused.status, refused.code) == (429, "quota_exceeded")
    assert 0 < refused.body["retry_after"] <= 86_401
    assert refused.headers["retry-after"] == str(refused.body["retry_after"])
    assert model.calls == 2


def test_the_switch_is_obeyed(bench, token, model):
    bench.store.switch.switch_off()
    refused = bench.ask(token)
    assert (refused.status, refused.code) == (503, "llm_off")
    assert bench.call("GET /me", token=token).body["llm"]["state"] == "off"
    assert bench.used(token) == 0
    assert model.calls == 0


def test_a_revoked_and_an_expired_invite_are_refused_like_an_unknown_one(bench, invite):
    revoked, expired = invite("rita"), invite("otto", days=0)
    assert bench.store.guests.revoke(name="rita") is True
    for token in (revoked, expired):
        assert bench.call("GET /me", token=token).code == "unauthorized"
        assert bench.ask(token).code == "unauthorized"


def test_a_stream_that_is_cut_is_a_failure_and_keeps_what_came(bench, token, model):
    model.says("This is where it ends abruptly", cut_after=3)
    answer = bench.ask(token)
    assert answer.code == "model_unavailable"
    (conversation,) = bench.conversations(token)
    reply = bench.messages(token, conversation["id"])[1]
    assert (reply["status"], reply["text"]) == ("failed", "This is where ")


def test_a_model_that_cannot_be_reached_is_an_error_and_never_a_canned_answer(bench, token, model):
    model.stop()
    answer = bench.ask(token)
    assert (answer.status, answer.code) == (503, "model_unavailable")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "invalid_request"),
        ("null", "invalid_request"),
        ("{", "invalid_request"),
        ('{"text":""}', "invalid_request"),
        ('{"text":" \\n\\t"}', "invalid_request"),
        ('{"text":7}', "invalid_request"),
        ('{"text":"\\ud800"}', "invalid_request"),
        ('{"text":"Hi","message_id":"nope"}', "invalid_request"),
        ('{"text":"Hi","message_id":7}', "invalid_request"),
        ('{"text":"Hi","conversation_id":{}}', "invalid_request"),
        ('{"text":"Hi","surprise":1}', "invalid_request"),
        ('{"text":"' + "x" * 16_385 + '"}', "too_large"),
        ('{"text":"' + "x" * 1_000_000 + '"}', "too_large"),
        ("[" * 100_000, "invalid_request"),
    ],
)
def test_a_bad_turn_has_its_code_and_costs_nothing(bench, token, model, body, code):
    answer = bench.call("POST /chat", token=token, body=body)
    assert answer.code == code
    assert model.calls == 0
    assert bench.used(token) == 0


def test_conversations_are_listed_by_activity_in_pages(bench, token, model):
    ids = []
    for text in ("One", "Two", "Three"):
        model.says("Yes.")
        ids.append(
            bench.call("POST /chat", token=token, body={"text": text}).body["conversation_id"]
        )
    model.says("Again.")
    bench.ask(token, "More", conversation_id=ids[0])
    first = bench.call("GET /conversations", token=token, query={"limit": "2"}).body
    second = bench.call(
        "GET /conversations", token=token, query={"limit": "2", "cursor": first["next_cursor"]}
    ).body
    assert [item["id"] for item in first["items"] + second["items"]] == [ids[0], ids[2], ids[1]]
    assert second["next_cursor"] is None


def test_messages_are_listed_in_pages_oldest_first(bench, token, model):
    conversation = None
    for text in ("One", "Two", "Three"):
        model.says(f"Re {text}")
        body = {"text": text} | ({"conversation_id": conversation} if conversation else {})
        conversation = bench.call("POST /chat", token=token, body=body).body["conversation_id"]
    texts, cursor = [], None
    while True:
        query = {"limit": "4"} | ({"cursor": cursor} if cursor else {})
        page = bench.call(
            "GET /conversations/{id}/messages", token=token, id=conversation, query=query
        ).body
        texts += [item["text"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert texts == ["One", "Re One", "Two", "Re Two", "Three", "Re Three"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "x"},
        {"limit": "1000"},
        {"cursor": "%%"},
        {"cursor": "bnVsbA"},
        {"cursor": "W10"},
    ],
)
def test_a_bad_page_is_an_invalid_request(bench, token, query):
    answer = bench.call("GET /conversations", token=token, query=query)
    assert (answer.status, answer.code) == (400, "invalid_request")


def test_a_conversation_can_be_renamed_and_deleted(bench, token, model):
    model.says("Yes.")
    body = bench.ask(token).body
    renamed = bench.call(
        "PATCH /conversations/{id}",
        token=token,
        id=body["conversation_id"],
        body={"title": "  New   name "},
    )
    assert renamed.body["title"] == "New name"
    assert (
        bench.call("DELETE /conversations/{id}", token=token, id=body["conversation_id"]).status
        == 204
    )
    assert bench.conversations(token) == []
    for route in ("GET /conversations/{id}/messages", "DELETE /conversations/{id}"):
        assert bench.call(route, token=token, id=body["conversation_id"]).code == "not_found"
    for message_id in (body["message_id"], body["reply"]["id"]):
        assert bench.call("GET /messages/{id}", token=token, id=message_id).code == "not_found"


def test_all_conversations_can_be_deleted_at_once(bench, token, model):
    for _ in range(3):
        model.says("Yes.")
        bench.ask(token)
    assert bench.call("DELETE /conversations", token=token).status == 204
    assert bench.conversations(token) == []


def test_another_guests_things_do_not_exist(bench, invite, model):
    ana, eve = invite("ana2"), invite("eve")
    model.says("A secret.")
    body = bench.ask(ana).body
    conversation, question, reply = body["conversation_id"], body["message_id"], body["reply"]["id"]
    attempts = [
        ("GET /conversations/{id}/messages", conversation, None),
        ("PATCH /conversations/{id}", conversation, {"title": "Mine"}),
        ("DELETE /conversations/{id}", conversation, None),
        ("GET /messages/{id}", question, None),
        ("GET /messages/{id}", reply, None),
        ("POST /messages/{id}/stop", reply, None),
    ]
    for route, thing, sent in attempts:
        foreign = bench.call(route, token=eve, id=thing, body=sent)
        unknown = bench.call(route, token=eve, id=new_id(), body=sent)
        assert (foreign.status, foreign.body) == (unknown.status, unknown.body), route
        assert foreign.code == "not_found"
    assert bench.ask(eve, "Hi", conversation_id=conversation).code == "not_found"
    assert bench.ask(eve, "Hi", replaces=question).code == "not_found"
    assert bench.used(eve) == 0
