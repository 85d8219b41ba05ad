"""One person's browser, and what it leaves behind when a test fails."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Response

ROOT = Path(__file__).parents[2]
CONTRAST = Path(__file__).with_name("contrast.js")
SCREENSHOTS = ROOT / "build" / "screenshots"
# Milliseconds that anything may take: what comes true early waits for none of it.
PATIENCE = 120_000
# A page that hangs has no picture, which must not hide why the test failed.
PICTURE_PATIENCE = 20_000
# Without transitions, so that no colour is read half-way to another.
STILL = {"reduced_motion": "reduce"}


class Visit:
    """A page, what its console complained of, and where it sent requests."""

    def __init__(self, browser: Browser, **options: object):
        self.context: BrowserContext = browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 1280, "height": 800}, **STILL} | options
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.tracing.start(snapshots=True)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.origins: set[str] = set()
        # Everything worth a look after a failure, in its order.
        self.heard: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", self._page_error)
        self.page.on(
            "request", lambda request: self.origins.add("/".join(request.url.split("/")[:3]))
        )
        self.page.on("response", self._response)
        self.page.on(
            "requestfailed",
            lambda request: self.heard.append(
                f"network: {request.method} {request.url}: {request.failure}"
            ),
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

    def hard_to_read(self) -> list[str]:
        """What the page shows in too little contrast."""
        return self.page.evaluate(CONTRAST.read_text())

    def close(self) -> None:
        # A trace that nobody stops stays on the disk until the browser ends.
        with suppress(Error):
            self.context.tracing.stop()
        self.context.close()

    def _console(self, said: ConsoleMessage) -> None:
        self.heard.append(f"{said.type}: {said.text}")
        if said.type in ("error", "warning"):
            self.complaints.append(said.text)

    def _page_error(self, error: Error) -> None:
        self.heard.append(f"uncaught: {error}")
        self.complaints.append(str(error))

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.heard.append(
                f"network: {response.request.method} {response.url}: {response.status}"
            )


def keep_evidence(visits: Iterable[Visit], folder: Path) -> list[Path]:
    """Writes into `folder` how each open page looks, what all pages said and how each visit went;
    the files, screenshots first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = [page for visit in visits for page in visit.context.pages]
    for number, page in enumerate(pages, 1):
        with suppress(Error):
            page.screenshot(path=folder / f"page-{number}.png", timeout=PICTURE_PATIENCE)
    for number, visit in enumerate(visits, 1):
        with suppress(Error):
            visit.context.tracing.stop(path=folder / f"trace-{number}.zip")
    heard = [
        f"visit {number}: {line}" for number, visit in enumerate(visits, 1) for line in visit.heard
    ]
    (folder / "console.txt").write_text("\n".join([*heard, ""]))
    return sorted(folder.iterdir(), key=lambda file: (file.suffix != ".png", file.name))
