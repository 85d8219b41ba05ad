"""What goes wrong between a person and the model, seen from the page: nothing is lost, nothing is
said twice."""

from playwright.sync_api import Page, WebSocketRoute, expect

pytest_plugins = ["tests.support.scripted_models"]

STORY = "Tell me a long story about a small boat."
# What the model says then: some seconds long, so that much can happen in between.
SLOWLY = {"reply": " ".join(f"Wave {n} came, and it sailed on." for n in range(40)), "pace": 0.03}


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


def test_a_connection_that_drops_in_mid_reply_is_picked_up_where_the_text_is(stack, visit, models):
    models.script(SLOWLY)
    guest = visit()
    sockets: list[WebSocketRoute] = []

    def through(route: WebSocketRoute) -> None:
        sockets.append(route)
        server, is_first, seen = route.connect_to_server(), len(sockets) == 1, []

        def forward(message: str) -> None:
            seen.append(message)
            route.send(message)
            if is_first and len(seen) == 4:
                server.close()
                route.close(code=1001)

        server.on_message(forward)

    guest.page.route_web_socket("**/live", through)
    page = guest.open(stack.link)
    ask(page, STORY)
    expect(ended(page)).to_have_count(1)
    assert len(sockets) >= 2, "the socket did not drop"
    question, reply = stored(stack, page)
    assert question["text"] == STORY
    assert squeezed(reply["text"]) in squeezed(page.locator('[data-role="assistant"]').inner_text())


def test_a_reload_in_mid_reply_shows_it_growing_to_its_end(stack, visit, models):
    models.script(SLOWLY)
    guest = visit()
    page = guest.open(stack.link)
    ask(page, STORY)
    expect(replies(page, "streaming")).to_have_count(1)
    page.reload()
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
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(names.get_by_text("Quite another name")).to_have_count(0)
    expect(page.locator('[data-role="user"]')).to_have_count(0)
