"""Which model wrote a reply, how the models are, and that the page learns it without asking more
than it must."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from tests.support.seeded_guest import SeededGuest

pytest_plugins = ["tests.support.scripted_models"]

MISTRAL, MINISTRAL = "mistral.mistral-7b-instruct-v0:2", "mistral.ministral-3-8b-instruct"
GONE = {"error": "ResourceNotFoundException", "times": 0}

ENGLISH = {
    "message": "Message", "send": "Send", "settings": "Settings", "model": "Model", "stand_in": "Stand-in", "worker": "Model worker",
    "note": "Written by Ministral 3 8B, the stand-in for Mistral 7B Instruct.",
    "rests": re.compile("Could not answer; it will be tried again today at .+"),
    "until_then": "Answers until then.",
    "none": "The model cannot answer right now. Try again in",
    "worker_writes": "Model workerWrites the replies on a rented machine; it may take a moment longer.",
    "worker_failed": "The model worker could not answer: it may be starting, busy or gone. Try again in",
}  # fmt: skip
PORTUGUESE = {
    "message": "Mensagem", "send": "Enviar", "settings": "Configurações", "model": "Modelo", "stand_in": "Substituto",
    "worker": "Máquina do modelo",
    "note": "Escrita por Ministral 3 8B, substituto de Mistral 7B Instruct.",
    "rests": re.compile("Não conseguiu responder; será chamado de novo hoje às .+"),
    "until_then": "Responde até lá.",
    "none": "O modelo não consegue responder agora. Tente de novo em",
    "worker_writes": "Máquina do modeloEscreve as respostas numa máquina alugada; pode demorar um pouco mais.",
    "worker_failed": "A máquina do modelo não conseguiu responder: talvez esteja iniciando, ocupada ou desligada. Tente de novo em",
}  # fmt: skip
LANGUAGES = [("en-US", ENGLISH), ("pt-BR", PORTUGUESE)]


def ask(page: Page, words: dict = ENGLISH) -> None:
    page.get_by_role("textbox", name=words["message"]).fill("Say hello in one short sentence.")
    page.get_by_role("button", name=words["send"]).click()


def replies(page: Page, status: str = "complete"):
    return page.locator(f'[data-role="assistant"][data-status="{status}"]')


def fact(page: Page, name: str):
    return page.locator(f'dt:text-is("{name}") + dd')


def asked_for_me(page: Page) -> list[Request]:
    seen: list[Request] = []
    page.on(
        "request",
        lambda request: (
            seen.append(request)
            if request.method == "GET" and request.url.endswith("/me")
            else None
        ),
    )
    return seen


def test_a_stand_in_is_told_once_and_the_main_model_is_back_without_a_question(
    stack, on_aws, models
):
    models.script(GONE | {"model": MISTRAL, "times": 1})
    models.tire(MISTRAL)
    guest = on_aws()
    guest.page.clock.install()
    me = asked_for_me(guest.page)
    page = guest.open(stack.link)
    pill = page.locator('[data-part="model"]')
    expect(pill).to_have_text("Mistral 7B Instruct")
    before = len(me)

    ask(page)
    expect(replies(page)).to_have_count(1)
    expect(replies(page).first.locator(".written-by")).to_have_text(ENGLISH["note"])
    expect(replies(page).first.locator("summary")).to_contain_text("Ministral 3 8B · 14 tokens")
    expect(pill).to_have_text("Ministral 3 8B")
    expect(pill).to_have_attribute("data-state", "fallback")
    assert len(me) == before + 1, "one question finds out what changed"

    ask(page)
    expect(replies(page)).to_have_count(2)
    expect(pill).to_have_text("Ministral 3 8B")
    page.clock.fast_forward("10:00")
    expect(pill).to_have_text("Mistral 7B Instruct")
    models.wake()
    ask(page)
    expect(replies(page)).to_have_count(3)
    expect(replies(page).last.locator("summary")).to_contain_text("Mistral 7B Instruct · 14 tokens")
    assert len(me) == before + 1, "a turn as expected, and a rest's end, ask nothing"

    page.reload()
    expect(replies(page)).to_have_count(3)
    expect(page.locator(".written-by")).to_have_text([ENGLISH["note"]] * 2)
    assert guest.complaints == []


def test_a_local_model_that_speaks_for_all_is_named_as_what_it_is(stack, visit, models):
    models.script(GONE | {"model": MISTRAL, "times": 1})
    page = visit().open(stack.link)
    ask(page)
    said = "Written by a model on this machine, in place of Ministral 3 8B, the stand-in for Mistral 7B Instruct."
    expect(replies(page).locator(".written-by")).to_have_text(said)
    expect(replies(page).locator("summary")).to_contain_text("Local model")


def test_a_model_that_the_stack_does_not_have_any_more_keeps_a_readable_name(stack, on_aws, models):
    seeded = SeededGuest(stack, "reader")
    conversation = seeded.conversation(
        "Old", ["Said long ago."], model="us.meta.llama3-1-8b-instruct-v1:0"
    )
    page = on_aws().open(seeded.link)
    page.evaluate(f"location.hash = '#c={conversation}'")
    expect(replies(page).locator("summary")).to_contain_text("Llama3 1 8B Instruct")
    expect(page.locator(".written-by")).to_have_count(0)


@pytest.mark.parametrize(("locale", "words"), LANGUAGES)
def test_when_no_model_can_answer_the_page_says_so_and_looks_how_they_are(
    stack, on_aws, models, locale, words
):
    models.script(GONE)
    guest = on_aws(locale=locale)
    me = asked_for_me(guest.page)
    page = guest.open(stack.link)
    expect(page.locator('[data-part="model"]')).to_be_visible()
    before = len(me)
    ask(page, words)
    failed = replies(page, "failed")
    expect(failed).to_contain_text(words["none"])
    assert bool(failed.locator(".note p").get_attribute("title")) == (locale == "en-US"), (
        "the server's own words are English"
    )
    page.get_by_role("button", name=words["settings"]).click()
    expect(fact(page, words["model"])).to_contain_text(words["rests"])
    assert len(me) == before + 1


def test_the_model_worker_is_named_and_its_failure_too(stack, on_aws, models):
    models.switch("worker")
    pages = []
    for locale, words in LANGUAGES:
        guest = on_aws(locale=locale, viewport={"width": 360, "height": 740})
        pages.append((guest, guest.open(stack.link), locale, words))
    for _, page, _, words in pages:
        expect(page.locator('[data-part="model"]')).to_have_text(words["worker"])
        ask(page, words)
    for guest, page, locale, words in pages:
        expect(replies(page, "failed")).to_contain_text(words["worker_failed"])
        guest.screenshot(f"worker-failed-{locale}")
        page.locator('[data-part="menu"]').click()
        page.get_by_role("button", name=words["settings"]).click()
        expect(fact(page, words["model"])).to_have_text(words["worker_writes"])
        guest.screenshot(f"worker-settings-{locale}")


@pytest.mark.parametrize(("locale", "words"), LANGUAGES)
def test_who_wrote_and_who_stands_in_fits_every_screen(stack, on_aws, models, locale, words):
    seeded = SeededGuest(stack, "reader")
    conversation = seeded.conversation(
        "Two models", ["A first reply, as short as they come."], model=MINISTRAL
    )
    models.rest(MISTRAL, 600)
    guest = on_aws(viewport={"width": 360, "height": 740}, locale=locale)
    page = guest.open(seeded.link)
    page.evaluate(f"location.hash = '#c={conversation}'")
    expect(page.locator(".written-by")).to_have_text(words["note"])
    for width, height in [(360, 740), (768, 1024), (1280, 800)]:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            guest.screenshot(f"model-note-{width}-{scheme}-{locale}")
        if width < 832:
            page.locator('[data-part="menu"]').click()
        page.get_by_role("button", name=words["settings"]).click()
        expect(fact(page, words["model"])).to_have_text(
            re.compile("Mistral 7B Instruct" + words["rests"].pattern)
        )
        expect(fact(page, words["stand_in"])).to_have_text(f"Ministral 3 8B{words['until_then']}")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            guest.screenshot(f"model-settings-{width}-{scheme}-{locale}")
            assert guest.hard_to_read() == [], f"at {width}, {scheme}"
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), f"the page scrolls sideways at {width}"
        dialog = page.get_by_role("dialog")
        assert dialog.evaluate("box => box.scrollWidth <= box.clientWidth"), (
            f"the settings scroll sideways at {width}"
        )
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        page.keyboard.press("Escape")  # the list of conversations, where it is a drawer
    assert guest.complaints == []
