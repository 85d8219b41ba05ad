"""Whatever a model or a guest writes, the page stays what it is: nothing runs, nothing is asked of
anybody, nothing is added."""

import json
import time

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from handler.ids import new_id
from tests.support.hostile_texts import GIANTS, PAYLOADS, TEXTS
from tests.support.seeded_guest import SeededGuest

pytest_plugins = ["tests.support.hostile_page"]

EVIL = "\"'><img src=//CANARY/n onerror=alert(1)>\u202e{name}"
GIANT_SECONDS = 10


def replies(page: Page):
    return page.locator('[data-role="assistant"][data-status="complete"]')


@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
def test_stored_messages_become_nothing_but_text(stack, hostile, canary, locale, record_property):
    assert len(PAYLOADS) >= 60
    seeded = SeededGuest(stack, "mallory")
    texts = [canary.arm(text) for text in PAYLOADS]
    watch = hostile(
        seeded, seeded.conversation("All of them", texts, model=canary.arm(EVIL)), locale=locale
    )
    expect(replies(watch.page)).to_have_count(len(texts), timeout=30_000)
    # What a person typed is shown letter by letter.
    assert (
        watch.page.locator('[data-role="user"] .message-text').evaluate_all(
            "all => all.map(one => one.textContent)"
        )
        == texts
    )
    for link in watch.page.locator(".message-text a[href]").all():
        link.dispatch_event("mouseover")
    assert watch.trouble() == []
    record_property("payloads", len(texts))


def test_a_reply_becomes_nothing_but_text_while_it_is_written(stack, hostile, canary):
    texts = {
        f"Group {number}": canary.arm("\n\n".join(group))
        for number, group in enumerate(TEXTS.values())
    }

    def answer(socket: WebSocketRoute, frame: dict) -> None:
        ids = {"reply_id": new_id(), "message_id": frame["message_id"], "conversation_id": new_id()}
        text = texts[frame["text"]]
        socket.send(json.dumps({"type": "started", **ids}))
        for seq, start in enumerate(
            range(0, len(text), 9)
        ):  # pieces cut through tags, entities and addresses
            socket.send(
                json.dumps(
                    {
                        "type": "delta",
                        "reply_id": ids["reply_id"],
                        "seq": seq,
                        "text": text[start : start + 9],
                    }
                )
            )
        usage = {"input_tokens": 1, "output_tokens": 1, "cost_usd": 0}
        socket.send(
            json.dumps(
                {
                    "type": "finished",
                    "reply_id": ids["reply_id"],
                    "status": "complete",
                    "usage": usage,
                }
            )
        )

    def serve(socket: WebSocketRoute) -> None:
        socket.on_message(
            lambda text: "text" in json.loads(text) and answer(socket, json.loads(text))
        )

    seeded = SeededGuest(stack, "mallory")
    watch = hostile(seeded)
    watch.page.route_web_socket(lambda url: url.startswith(stack.outputs_now["ws_url"]), serve)
    watch.page.reload()
    for question in texts:
        watch.page.get_by_role("button", name="New chat").first.click()
        watch.page.get_by_role("textbox", name="Message").fill(question)
        watch.page.get_by_role("button", name="Send").click()
        expect(replies(watch.page)).to_have_count(1, timeout=20_000)
        expect(watch.page.locator('[data-role="user"]')).to_contain_text(question)
    assert watch.trouble() == []


def test_titles_and_names_stay_text(stack, hostile, canary):
    seeded = SeededGuest(stack, canary.arm(EVIL))
    for text in PAYLOADS:
        opened = seeded.conversation(canary.arm(text)[:100])
    last = canary.arm(PAYLOADS[-1])[:100]
    watch = hostile(seeded, opened)
    page = watch.page
    expect(page.locator('[data-part="title"]')).to_have_text(last)
    while (more := page.get_by_role("button", name="Load more")).count():
        before = page.locator(".conversation").count()
        more.click()
        page.wait_for_function(
            "count => document.querySelectorAll('.conversation').length > count", arg=before
        )
    assert page.locator(".conversation").count() == len(PAYLOADS)
    expect(page.locator(".account-name")).to_have_text(canary.arm(EVIL))
    page.locator(".conversation").first.get_by_role("button", name="Delete").click(force=True)
    expect(page.locator('[data-part="ask-text"]')).to_be_visible()
    page.get_by_role("button", name="Cancel").last.click()
    assert watch.trouble() == []


def test_a_refusal_stays_text(stack, hostile, canary):
    seeded, detail = SeededGuest(stack, "mallory"), canary.arm(EVIL)
    watch = hostile(seeded)

    def refuse(socket: WebSocketRoute) -> None:
        def failed(text: str) -> None:
            frame = json.loads(text)
            refusal = {"code": detail, "detail": detail, "retryable": True, "retry_after": 5}
            socket.send(
                json.dumps({"type": "failed", "message_id": frame.get("message_id"), **refusal})
            )

        socket.on_message(failed)

    watch.page.route_web_socket(lambda url: url.startswith(stack.outputs_now["ws_url"]), refuse)
    watch.page.reload()
    watch.page.get_by_role("textbox", name="Message").fill("Hello")
    watch.page.get_by_role("button", name="Send").click()
    expect(watch.page.locator(".note-failed p")).to_have_attribute("title", detail)
    assert watch.trouble() == []


def test_no_text_stops_the_page_by_its_shape(stack, hostile):
    seeded = SeededGuest(stack, "mallory")
    planted = {name: seeded.conversation(name, [text]) for name, text in GIANTS.items()}
    watch = hostile(seeded)
    seconds = {}
    for name, conversation_id in planted.items():
        began = time.monotonic()
        watch.page.evaluate(f"location.hash = '#c={conversation_id}'")
        expect(watch.page.locator('[data-part="title"]')).to_have_text(name)
        expect(replies(watch.page)).to_have_count(1, timeout=60_000)
        seconds[name] = time.monotonic() - began
        drawn = (
            replies(watch.page)
            .locator(".message-text")
            .evaluate("place => place.childNodes.length")
        )
        # A text of definitions alone, or of tags that nobody closes, still has a place of its own.
        assert drawn or name == "many definitions", f"{name}: nothing was drawn"
        assert watch.trouble() == [], name
    assert max(seconds.values()) < GIANT_SECONDS, seconds
