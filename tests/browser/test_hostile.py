"""Whatever a model or a guest writes, the page stays what it is: nothing runs, nothing is asked of
anybody, nothing is added."""

import json
import time

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from handler.ids import new_id
from handler.values import iso
from tests.support.hostile_texts import GIANTS, PAYLOADS, TEXTS
from tests.support.seeded_guest import SeededGuest

pytest_plugins = ["tests.support.hostile_page"]

EVIL = "\"'><img src=//CANARY/n onerror=alert(1)>\u202e{name}"
# As long as the giants, and nothing special. A giant may cost the page so many times as much; the
# dearest costs four times.
PLAIN = (
    "Some **plain** words of a [reply](http://a.example/) with `code`.\n\n- one\n- two\n\n" * 250
)
TIMES_PLAIN = 25


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
    expect(replies(watch.page)).to_have_count(len(texts))
    # What a person typed is shown letter by letter.
    assert (
        watch.page.locator('[data-role="user"] .message-text').evaluate_all(
            "all => all.map(one => one.textContent)"
        )
        == texts
    )
    watch.page.locator(".message-text a[href]").evaluate_all(
        "all => all.forEach(link => "
        "link.dispatchEvent(new MouseEvent('mouseover', { bubbles: true })))"
    )
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
        socket.send(json.dumps({"type": "started", **ids, "title": text[:60]}))
        # The pieces cut through tags, entities and addresses.
        for seq, start in enumerate(range(0, len(text), 9)):
            delta = {"type": "delta", "reply_id": ids["reply_id"], "seq": seq}
            socket.send(json.dumps(delta | {"text": text[start : start + 9]}))
        message = {
            "id": ids["reply_id"],
            "conversation_id": ids["conversation_id"],
            "role": "assistant",
            "text": text,
            "status": "complete",
            "created_at": iso(time.time()),
            "model": "a-model",
            "usage": {"input_tokens": 1, "output_tokens": 1, "cost_usd": 0},
        }
        quota = {"limit": 500, "used": 1, "resets_at": iso(time.time() + 3600)}
        finished = {"type": "finished", "reply_id": ids["reply_id"]}
        socket.send(json.dumps(finished | {"message": message, "quota": quota}))

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
        expect(replies(watch.page)).to_have_count(1)
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
    expect(page.locator(".conversation")).not_to_have_count(0)
    while (more := page.get_by_role("button", name="Load more")).count():
        before = page.locator(".conversation").count()
        more.click()
        page.wait_for_function(
            "count => document.querySelectorAll('.conversation').length > count", arg=before
        )
    expect(page.locator(".conversation")).to_have_count(len(PAYLOADS))
    expect(page.locator(".account-name")).to_have_text(canary.arm(EVIL))
    page.locator(".conversation").first.get_by_role("button", name="Delete").click(force=True)
    expect(page.locator('[data-part="dialog-text"]')).to_be_visible()
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
    texts = {"plain": PLAIN} | GIANTS
    planted = {name: seeded.conversation(name, [text]) for name, text in texts.items()}
    watch = hostile(seeded)
    page = watch.page
    # The time that the page's own thread worked: what else the machine does is not in it.
    metrics = page.context.new_cdp_session(page)
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        listed = metrics.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in listed if one["name"] == "ScriptDuration")

    seconds = {}
    for name, conversation_id in planted.items():
        before = worked()
        page.evaluate(f"location.hash = '#c={conversation_id}'")
        expect(page.locator('[data-part="title"]')).to_have_text(name)
        expect(replies(page)).to_have_count(1)
        seconds[name] = worked() - before
        drawn = replies(page).locator(".message-text").evaluate("place => place.childNodes.length")
        # A text of definitions alone, or of tags that nobody closes, still has a place of its own.
        assert drawn or name == "many definitions", f"{name}: nothing was drawn"
        assert watch.trouble() == [], name
    most = TIMES_PLAIN * seconds["plain"]
    assert {name: took for name, took in seconds.items() if took > most} == {}, seconds
