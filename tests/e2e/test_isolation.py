"""What is another guest's answers exactly like what does not exist: on every route and over both APIs.

Ana owns things; Bia asks for them, and for ids that nobody has. The ids in a table's keys begin
with the caller's own guest id, so the answers should be the same; here they are held side by side.
"""

import json

import pytest

from handler.api.http import ROUTES
from handler.ids import new_id
from tests.support.features import StackGuest
from tests.support.two_guests import NAMED, TwoGuests, seen

# Routes that name nothing: they can only be about the caller.
UNNAMED = {
    "GET /health",
    "GET /me",
    "GET /conversations",
    "DELETE /conversations",
    "GET /v1/models",
    "POST /v1/chat/completions",
}


@pytest.fixture(scope="module")
def guests(stack) -> TwoGuests:
    return TwoGuests.of(stack)


def test_every_route_has_a_case():
    assert set(NAMED) | UNNAMED == set(ROUTES)
    assert {route for route in ROUTES if "{id}" in route} <= set(NAMED)


def test_ana_finds_what_bia_asks_for(stack):
    # Not the module's: a reply that nobody writes counts as running for half a minute only.
    guests = TwoGuests.of(stack)
    assert (
        guests.ana.call(
            "GET", f"/conversations/{guests.things['conversation']}/messages"
        ).status_code
        == 200
    )
    assert guests.ana.call("GET", f"/messages/{guests.things['question']}").status_code == 200
    assert (
        guests.ana.call("GET", f"/messages/{guests.things['running reply']}").json()["status"]
        == "streaming"
    )
    assert len(guests.belongings()) == 10


@pytest.mark.parametrize(
    ("route", "path", "body"),
    [
        pytest.param(route, path, body, id=f"{route} {json.dumps(body)}")
        for route, cases in NAMED.items()
        for path, body in cases
    ],
)
def test_what_is_anothers_answers_like_what_does_not_exist(guests, route, path, body):
    before = guests.belongings()
    nothing = seen(guests.ask(route, path, body, new_id()))
    assert (nothing[0], nothing[1]["code"]) == (404, "not_found")
    for name, thing in guests.things.items():
        assert seen(guests.ask(route, path, body, thing)) == nothing, name
    assert guests.belongings() == before


@pytest.mark.parametrize("body", [body for _, body in NAMED["POST /chat"]], ids=json.dumps)
def test_what_is_anothers_answers_like_what_does_not_exist_over_a_socket_too(guests, body):
    before = guests.belongings()
    nothing = guests.frames(new_id(), body)
    assert [(frame["type"], frame["code"]) for frame in nothing] == [("failed", "not_found")]
    for name, thing in guests.things.items():
        assert guests.frames(thing, body) == nothing, name
    assert guests.belongings() == before


def test_anothers_message_id_is_free_to_use(stack):
    # Not the module's: Bia has messages of these ids afterwards.
    guests = TwoGuests.of(stack)
    before = guests.belongings()
    for thing in (guests.things["question"], guests.things["reply"]):
        answer = guests.bia.call(
            "POST", "/chat", json={"text": "Say one word.", "message_id": thing}
        )
        assert answer.status_code == 200
        assert answer.json()["conversation_id"] not in guests.things.values()
        assert answer.json()["reply"]["text"] != "Hello to you."
    assert guests.belongings() == before


def test_what_names_nothing_is_about_the_caller_alone(guests):
    before, carla = guests.belongings(), StackGuest.invited(guests.ana.stack)
    model = {
        "model": carla.stack.outputs_now["model_id"],
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 4,
    }
    cursor = guests.ana.call("GET", "/conversations?limit=1").json()["next_cursor"]
    assert cursor
    calls = [
        (*route.split(), model if route.startswith("POST") else None) for route in sorted(UNNAMED)
    ]
    for method, path, body in [*calls, ("GET", f"/conversations?cursor={cursor}", None)]:
        answer = carla.call(method, path, json=body)
        assert answer.status_code in (200, 204), path
        assert not [name for name, thing in guests.things.items() if thing in answer.text], path
    assert guests.belongings() == before
