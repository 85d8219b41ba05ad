"""What goes wrong between a person and the model, seen from the page: nothing is lost, nothing is
said twice."""

import json
from collections.abc import Callable
from itertools import count

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.support.visit import Visit
from tests.support.waiting import until

pytest_plugins = ["tests.support.scripted_models"]

STORY = "Tell me a long story about a small boat."
# What the model says then: some seconds long, so that much can happen in between.
SLOWLY = {"reply": " ".join(f"Wave {n} came, and it sailed on." for n in range(40)), "pace": 0.03}
# Notes in the page each text that the reply has while it is written.
TEXTS = """window.texts = new Set();
new MutationObserver(() => {
  const reply = document.querySelector('[data-role="assistant"][data-status="streaming"] .prose');
  if (reply) window.texts.add(reply.innerText);
}).observe(document, { childList: true, subtree: true, characterData: true });"""


def ask(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Message").fill(text)
    page.get_by_role("button", name="Send").click()


def replies(page: Page, status: str = "complete"):
    return page.locator(f'[data-role="assistant"][data-status="{status}"]')


def ended(page: Page):
    return page.locator(
        '[data-role="assistant"]:is([data-status="complete"], [data-status="truncated"])'
    )


def squeezed(text: str) -> str:
    """Text without white space and Markdown's marks, which the page renders away."""
    return "".join(character for character in text if character.isalnum())


def stored(stack, page: Page) -> list[dict]:
    conversation = page.url.split("#c=")[1]
    return stack.call("GET", f"/conversations/{conversation}/messages").json()["items"]


class Wire:
    """Stands between the page and the server: `passes` says how often each frame of each socket,
    counted from 0, reaches the page; None cuts the connection behind it."""

    def __init__(self, guest: Visit, passes: Callable[[int, int, dict], int | None]):
        self._page = guest.page
        self._passes = passes
        self._answered = 0
        self.sockets = 0
        guest.page.route_web_socket("**/live", self._open)

    def wait(self) -> None:
        """Until the server answers. Before, the page would rather ask over HTTP."""
        until(lambda: self._answered or self._page.wait_for_timeout(50), "the socket is open")

    def _open(self, route: WebSocketRoute) -> None:
        socket, server, frames = self.sockets, route.connect_to_server(), count()
        self.sockets += 1

        def forward(message: str) -> None:
            frame = json.loads(message)
            if frame["type"] == "pong":
                self._answered += 1
                return
            times = self._passes(socket, next(frames), frame)
            for _ in range(1 if times is None else times):
                route.send(message)
            if times is None:
                server.close()
                route.close(code=1001)

        server.on_message(forward)
        server.send('{"action": "ping"}')


def test_a_connection_that_drops_in_mid_reply_is_picked_up_where_the_text_is(stack, visit, models):
    models.script(SLOWLY)
    guest = visit()
    wire = Wire(guest, lambda socket, number, _: None if (socket, number) == (0, 3) else 1)
    page = guest.open(stack.link)
    wire.wait()
    ask(page, STORY)
    expect(ended(page)).to_have_count(1)
    assert wire.sockets >= 2, "the socket did not drop"
    question, reply = stored(stack, page)
    assert question["text"] == STORY
    assert squeezed(reply["text"]) in squeezed(page.locator('[data-role="assistant"]').inner_text())


def test_a_piece_that_comes_twice_is_shown_once_and_a_lost_one_is_fetched(stack, visit, models):
    models.script(SLOWLY)
    guest = visit()
    wire = Wire(guest, lambda _, __, frame: {2: 2, 4: 0}.get(frame.get("seq"), 1))
    page = guest.open(stack.link)
    wire.wait()
    page.evaluate(TEXTS)
    ask(page, STORY)
    expect(ended(page)).to_have_count(1)
    whole = squeezed(stored(stack, page)[1]["text"])
    seen = [squeezed(text) for text in page.evaluate("[...window.texts]")]
    assert len(seen) > 5
    assert [text for text in seen if not whole.startswith(text)] == []


def test_a_failed_turn_is_tried_again_without_asking_twice(stack, visit, models):
    models.script({"error": "ThrottlingException", "times": 20})
    guest = visit()
    page = guest.open(stack.link)
    ask(page, "Are you there?")
    expect(replies(page, "failed")).to_have_count(1)
    models.script()
    models.wake()
    page.get_by_role("button", name="Retry").click()
    expect(ended(page)).to_have_count(1)
    said = [(message["role"], message["text"]) for message in stored(stack, page)]
    assert said == [("user", "Are you there?"), ("assistant", "Hello from far away.")]


def test_a_reload_in_mid_reply_shows_it_growing_to_its_end(stack, visit, models):
    models.script(SLOWLY | {"hold_after": 100})
    guest = visit()
    page = guest.open(stack.link)
    ask(page, STORY)
    expect(replies(page, "streaming")).to_have_count(1)
    page.reload()
    expect(replies(page, "streaming")).to_contain_text("Wave 3")
    models.go_on()
    expect(ended(page)).to_have_count(1)
    question, reply = stored(stack, page)
    assert question["text"] == STORY
    assert squeezed(reply["text"]) in squeezed(page.locator('[data-role="assistant"]').inner_text())


def test_without_any_socket_the_page_asks_over_http(stack, visit, models):
    guest = visit()
    guest.page.route_web_socket("**/live", lambda route: route.close(code=1011))
    page = guest.open(stack.link)
    ask(page, "Say hello in one short sentence.")
    expect(ended(page)).to_have_count(1)
    assert len(stored(stack, page)) == 2


def test_edit_and_regenerate_replace_what_came_after(stack, visit, models):
    guest = visit()
    page = guest.open(stack.link)
    ask(page, "Say hello.")
    expect(ended(page)).to_have_count(1)
    first = stored(stack, page)
    page.get_by_role("button", name="Regenerate").click()
    expect(page.locator(f'[data-id="{first[1]["id"]}"]')).to_have_count(0)
    expect(ended(page)).to_have_count(1)
    second = stored(stack, page)
    assert [message["text"] for message in second if message["role"] == "user"] == ["Say hello."]
    assert second[1]["id"] != first[1]["id"]

    page.locator('[data-role="user"]').hover()
    page.get_by_role("button", name="Edit").click()
    ask(page, "Say goodbye.")
    expect(page.locator('[data-role="user"]')).to_have_count(1)
    expect(ended(page)).to_have_count(1)
    assert [message["text"] for message in stored(stack, page) if message["role"] == "user"] == [
        "Say goodbye."
    ]


def test_a_conversation_is_renamed_and_deleted(stack, visit, models):
    guest = visit()
    page = guest.open(stack.link)
    ask(page, "A title that will change.")
    expect(ended(page)).to_have_count(1)
    names = page.get_by_role("navigation", name="Conversations")
    names.get_by_role("button", name="Rename “A title that will change.”").click()
    page.get_by_role("textbox", name="Title").fill("Quite another name")
    page.get_by_role("button", name="Save").click()
    expect(names.get_by_text("Quite another name")).to_be_visible()
    names.get_by_role("button", name="Delete “Quite another name”").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Delete").click()
    expect(names.get_by_text("Quite another name")).to_have_count(0)
    expect(page.locator('[data-role="user"]')).to_have_count(0)
