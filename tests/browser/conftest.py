"""Chromium as people have it: it comes from the system, never downloaded by the tests."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture(scope="session")
def browser():
    program = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    assert program, "The browser tests need Chromium: install it, or name one with CHROMIUM=path."
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


class Visit:
    """One person's browser: a page, what its console complained of, and where it sent requests."""

    def __init__(self, browser: Browser, **options: object):
        self.context: BrowserContext = browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 1280, "height": 800}} | options
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.origins: set[str] = set()
        self.page.on(
            "console",
            lambda said: (
                self.complaints.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "request", lambda request: self.origins.add("/".join(request.url.split("/")[:3]))
        )

    def open(self, link: str) -> Page:
        self.page.goto(link)
        self.page.get_by_role("textbox", name="Message").or_(
            self.page.get_by_role("textbox", name="Mensagem")
        ).wait_for()
        return self.page

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.fixture
def visit(browser):
    """Opens browsers; closes them after the test."""
    visits: list[Visit] = []

    def make(**options: object) -> Visit:
        visits.append(Visit(browser, **options))
        return visits[-1]

    yield make
    for one in visits:
        one.context.close()


# The page knows by its API's address that it is on this machine, where one model speaks for all;
# another spelling of 127.0.0.1 hides that.
AS_ON_AWS = """new MutationObserver((_, observer) => {
  const api = document.querySelector('meta[name="forever-us:api"]');
  if (!api) return;
  api.content = api.content.replace('//127.0.0.1:', '//127.1:');
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });"""


@pytest.fixture
def on_aws(visit):
    """Opens browsers to which the local stack looks as on AWS, where each model speaks for
    itself."""

    def make(**options: object):
        guest = visit(**options)
        guest.page.add_init_script(AS_ON_AWS)
        return guest

    return make
