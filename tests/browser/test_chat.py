"""A person opens the link, asks, watches the reply being written, reloads and finds it again."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

ENGLISH = {"message": "Message", "send": "Send", "new": "New chat", "list": "Conversations"}
PORTUGUESE = {"message": "Mensagem", "send": "Enviar", "new": "Nova conversa", "list": "Conversas"}
SIZES = [(360, 740), (820, 1180), (1280, 800)]
# Notes in the page each length that the reply's text has while it is written.
LENGTHS = """window.lengths = new Set();
new MutationObserver(() => {
  const reply = document.querySelector('[data-role="assistant"][data-status="streaming"]');
  if (reply) window.lengths.add(reply.innerText.length);
}).observe(document, { childList: true, subtree: true, characterData: true });"""


def ask(page: Page, text: str, words: dict = ENGLISH) -> None:
    page.get_by_role("textbox", name=words["message"]).fill(text)
    page.get_by_role("button", name=words["send"]).click()


def finished(page: Page):
    return page.locator(
        '[data-role="assistant"][data-status="complete"], '
        '[data-role="assistant"][data-status="truncated"]'
    )


def test_a_person_chats_reloads_and_finds_it_again(stack, visit):
    guest = visit()
    page = guest.open(stack.link)
    assert "invite" not in page.url, "the token stays in the address bar"
    page.evaluate(LENGTHS)
    question = "Tell me a story about a small boat, in three sentences."
    ask(page, question)
    expect(finished(page)).to_have_count(1)
    lengths = page.evaluate("[...window.lengths]")
    assert len(lengths) >= 3, f"the reply was not seen to grow: {lengths}"
    said = page.locator('[data-role="assistant"]').last.inner_text()
    guest.screenshot("chat-1280-light")

    assert re.search(r"#c=[0-9A-Z]{26}$", page.url)
    page.reload()
    expect(finished(page)).to_have_count(1)
    expect(page.locator('[data-role="user"]').first).to_contain_text(question)
    assert page.locator('[data-role="assistant"]').last.inner_text().split() == said.split()
    listed = page.get_by_role("navigation", name="Conversations").get_by_text(
        "Tell me a story about a small boat"
    )
    expect(listed.first).to_be_visible()
    assert guest.complaints == []
    assert guest.origins <= {
        stack.outputs_now["site_origin"],
        f"http://127.0.0.1:{stack.env['PORT']}",
    }


@pytest.mark.parametrize(("locale", "words"), [("en-US", ENGLISH), ("pt-BR", PORTUGUESE)])
def test_the_page_fits_every_screen_in_both_schemes_and_languages(stack, visit, locale, words):
    guest = visit(viewport={"width": 360, "height": 740}, locale=locale)
    page = guest.open(stack.link)
    expect(page.locator("html")).to_have_attribute("lang", "en" if locale == "en-US" else "pt-BR")
    ask(page, "Say hello in one short sentence.", words)
    expect(finished(page)).to_have_count(1)
    box = page.get_by_role("textbox", name=words["message"])
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            guest.screenshot(f"page-{width}-{scheme}-{locale}")
            assert guest.hard_to_read() == [], f"at {width}, {scheme}"
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), f"the page scrolls sideways at {width}"
        place = box.bounding_box()
        assert place["y"] + place["height"] <= height, f"the message box hides at {width}"
    assert guest.complaints == []


def test_without_an_invite_the_page_says_what_is_needed(stack, visit):
    guest = visit()
    guest.page.goto(stack.outputs_now["site_url"])
    expect(guest.page.get_by_role("heading", name="This chat is by invitation")).to_be_visible()
    guest.screenshot("sign-in-1280-light")
    guest.page.get_by_label("Invite link or token").fill(stack.link)
    guest.page.get_by_role("button", name="Come in").click()
    expect(guest.page.get_by_role("textbox", name="Message")).to_be_visible()
    assert guest.complaints == []


def test_when_the_model_is_off_the_composer_says_so(stack, visit):
    switch = stack.deployed.store().switch
    switch.switch_off()
    try:
        guest = visit()
        page = guest.open(stack.link)
        expect(page.get_by_text("The model is")).to_be_visible()
        guest.screenshot("off-1280-light")
    finally:
        switch.switch_on(until=int(time.time()) + 7200)


def test_a_reply_can_be_stopped(stack, visit):
    guest = visit()
    page = guest.open(stack.link)
    ask(page, "Count from one to five hundred, in words, one line each.")
    page.get_by_role("button", name="Stop").click()
    expect(
        page.locator(
            '[data-role="assistant"][data-status="stopped"], '
            '[data-role="assistant"][data-status="complete"]'
        )
    ).to_have_count(1)
    assert guest.complaints == []


def test_nothing_moves_for_a_person_who_asks_for_that(stack, visit):
    page = visit(reduced_motion="reduce").open(stack.link)
    assert (
        page.locator("body *").evaluate_all(
            "all => all.filter((one) => getComputedStyle(one).transitionDuration !== '0s')"
            ".map((one) => one.outerHTML.slice(0, 80))"
        )
        == []
    )
