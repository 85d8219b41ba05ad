"""Watches a page that shows hostile text: what it asked of anybody, what it ran, and every element
that it was given."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page

from tests.support.http_double import HttpAnswer, HttpDouble
from tests.support.seeded_guest import SeededGuest

OBSERVER = Path(__file__).with_name("observer.js")
# An image of the page's own: asked for after whatever the page asked for before.
AFTER_ALL = """() => new Promise((resolve) => {
  const image = new Image();
  image.onload = image.onerror = () => requestAnimationFrame(() => setTimeout(resolve));
  image.src = `logo.svg?${performance.now()}`;
})"""


class Canary(HttpDouble):
    """A web server that nothing may ask. It hears connections too, since a browser may open one
    without a request."""

    def __init__(self):
        super().__init__(lambda _: HttpAnswer(204))

    @property
    def heard(self) -> list[str]:
        connections = ["a connection"] * self.connections
        return [*connections, *(request.path for request in self.requests)]

    def settle(self) -> None:
        """Waits until it has heard whatever was sent before."""
        requests.get(f"{self.url}/settled", timeout=60)
        self.connections -= 1
        self.requests = [request for request in self.requests if request.path != "/settled"]

    def arm(self, text: str) -> str:
        """The payload, aimed at this server."""
        return text.replace("CANARY", self.url.removeprefix("http://"))


@dataclass
class Watch:
    """What went wrong in a page so far; all empty is the only good answer."""

    page: Page
    canary: Canary
    origins: set[str]
    leaked: list[str] = field(default_factory=list)
    acted: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self):
        page = self.page
        page.add_init_script(path=OBSERVER)
        page.context.on("request", lambda request: self._request(request.url))
        page.context.on(
            "page", lambda opened: opened == page or self.acted.append(f"opened {opened.url}")
        )
        page.on("websocket", lambda socket: self._request(socket.url.replace("ws", "http", 1)))
        page.on(
            "dialog",
            lambda dialog: (self.acted.append(f"dialog {dialog.message}"), dialog.dismiss()),
        )
        page.on("framenavigated", lambda frame: self._moved(frame.url))
        page.on("frameattached", lambda frame: self.acted.append(f"frame {frame.url}"))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda said: said.type in ("error", "warning") and self.errors.append(said.text),
        )

    def _request(self, url: str) -> None:
        if "/".join(url.split("/")[:3]) not in self.origins:
            self.leaked.append(url)

    def _moved(self, url: str) -> None:
        if url != "about:blank" and "/".join(url.split("/")[:3]) not in self.origins:
            self.acted.append(f"went to {url}")

    def trouble(self) -> list[str]:
        """Everything that must not have happened."""
        self.page.evaluate(AFTER_ALL)
        self.canary.settle()
        return [
            *self.leaked,
            *self.canary.heard,
            *self.acted,
            *self.errors,
            *self.page.evaluate("window.hostileFound"),
        ]


@pytest.fixture
def canary():
    with Canary() as server:
        yield server


@pytest.fixture
def hostile(stack, visit, canary):
    """Opens the page as a guest whose conversations are planted, under watch."""

    def open_page(seeded: SeededGuest, conversation_id: str = "", **options: object) -> Watch:
        origins = {stack.outputs_now["site_origin"], f"http://127.0.0.1:{stack.env['PORT']}"}
        watch = Watch(visit(**options).page, canary, origins)
        watch.page.goto(seeded.link)
        watch.page.get_by_role("textbox").first.wait_for()
        if conversation_id:
            watch.page.evaluate(f"location.hash = '#c={conversation_id}'")
        return watch

    return open_page
