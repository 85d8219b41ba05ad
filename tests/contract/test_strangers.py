"""Nobody without an invite makes the stack do more than look at it once; nobody with one learns
what is another's."""

import pytest

from handler.app import ROUTES
from handler.ids import new_id
from handler.tokens import hash_token, new_token
from tests.support.lambda_bench import LambdaContext, hooked, recorded

OPEN = {"GET /health"}
GUARDED = sorted(set(ROUTES) - OPEN)
# What no invite looks like: turned away by its form.
MALFORMED = [None, "", "x", "é" * 43, new_token() + "=", new_token()[:-1], "GUEST#" + "0" * 37]


@pytest.fixture
def asked(table):
    """The names of the requests that DynamoDB got, in order."""
    names = []
    with hooked(table, lambda model, **_: names.append(model.name)):
        yield names


@pytest.fixture
def strangers(bench, invite) -> dict[str, str]:
    """Tokens that look right and open nothing."""
    clock = bench.app.api.clock
    revoked, expired = invite("revoked"), new_token()
    bench.store.guests.revoke(name="revoked")
    bench.store.guests.create(
        name="expired", token_hash=hash_token(expired), days=1, daily_limit=5, now=clock() - 86_401
    )
    return {"unknown": new_token(), "revoked": revoked, "expired": expired}


def knock(bench, route: str, token: str | None):
    body = {"text": "Hi", "message_id": new_id()} if route.startswith("POST") else None
    ids = {"id": new_id()} if "{id}" in route else {}
    return bench.call(route, token=token, body=body, **ids)


def frame(token: object) -> dict:
    return {"action": "chat", "token": token, "text": "Hi", "message_id": new_id()}


@pytest.mark.parametrize("route", GUARDED)
def test_a_malformed_token_is_turned_away_without_a_read(bench, model, asked, route):
    for token in MALFORMED:
        assert knock(bench, route, token).status == 401, token
    assert (asked, model.calls, bench.invoker.threads) == ([], 0, [])


@pytest.mark.parametrize("route", GUARDED)
def test_a_strangers_token_costs_one_read_and_is_never_told_apart(
    bench, model, asked, strangers, route
):
    said = []
    for kind, token in strangers.items():
        asked.clear()
        answer = knock(bench, route, token)
        assert (answer.status, asked) == (401, ["GetItem"]), kind
        said.append(answer.body)
    assert said[0] == said[1] == said[2] == knock(bench, route, None).body
    assert (model.calls, bench.invoker.threads) == (0, [])


def test_what_is_open_reads_nothing(bench, model, asked):
    for route in OPEN:
        assert knock(bench, route, None).status == 200
    assert bench.call("$default").status == 404
    assert (asked, model.calls) == ([], 0)


def test_a_socket_is_opened_and_kept_without_a_read(bench, asked):
    assert bench.app.handle(recorded("connect"), LambdaContext(29))["statusCode"] == 200
    bench.send("c1", {"action": "ping"})
    bench.send("c1", "no JSON")
    bench.send("c1", {"action": "dance"})
    assert [said["type"] for said in bench.frames("c1")] == ["pong", "failed", "failed"]
    assert asked == []


def test_a_frame_with_a_malformed_token_is_turned_away_without_a_read(bench, model, asked):
    for token in [*MALFORMED, 7, ["x"]]:
        bench.send("c1", frame(token))
    assert {said["code"] for said in bench.frames("c1")} == {"unauthorized"}
    assert (asked, model.calls, bench.invoker.threads) == ([], 0, [])


def test_a_strangers_frame_costs_one_refused_write_and_one_answer(
    bench, model, table, asked, strangers
):
    before = table.scan()["Items"]
    for kind, token in strangers.items():
        asked.clear()
        bench.send(kind, frame(token))
        assert (asked, [said["code"] for said in bench.frames(kind)]) == (
            ["UpdateItem"],
            ["unauthorized"],
        )
    assert (model.calls, bench.invoker.threads) == (0, [])
    assert table.scan()["Items"] == before


@pytest.mark.parametrize("route", [route for route in GUARDED if "{id}" in route])
def test_anothers_id_takes_the_same_reads_as_one_that_nobody_has(
    bench, model, invite, asked, route
):
    model.says("Hello.")
    ana, bia = invite("ana"), invite("bia")
    question = new_id()
    started = bench.chat("c1", ana, "Hi", question)[0]
    body = {"title": "Mine"} if route.startswith("PATCH") else None
    took = []
    for thing in (new_id(), question, started["reply_id"], started["conversation_id"]):
        asked.clear()
        assert bench.call(route, token=bia, body=body, id=thing).code == "not_found"
        took.append(list(asked))
    assert took == [took[0]] * 4
