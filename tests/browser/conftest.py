"""Chromium as people have it, and what a failed test leaves behind: a screenshot of each page, what
the pages said, and a trace to step through."""

import re

import pytest
from playwright.sync_api import expect, sync_playwright

from scripts.workspace import chromium
from tests.support.visit import PATIENCE, ROOT, Visit, keep_evidence

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The address bar's suggestions are pages of their own, loaded for each window: they cost more
    # than the page under test. The last list counts, so Playwright's own features stand here too.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,"
    "AimEnabled,AvoidCorsURLLoaderRestartOnRedirect,AvoidUnnecessaryBeforeUnloadCheckSync,"
    "DestroyProfileOnBrowserClose,HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,LensOverlay,"
    "MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,PaintHolding,PreconnectToSearch,"
    "ThirdPartyStoragePartitioning",
]
FAILURES = ROOT / "build" / "failures"
VISITS = pytest.StashKey[list[Visit]]()

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser():
    program = chromium.program()
    assert program, (
        "The browser tests need Chromium: make test installs it, or name one with CHROMIUM=path."
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, request):
    """Opens browsers; closes them after the test."""
    visits = request.node.stash.setdefault(VISITS, [])

    def make(**options: object) -> Visit:
        visits.append(Visit(browser, **options))
        return visits[-1]

    yield make
    for one in visits:
        one.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Adds to a failure's report where its pictures and its trace are."""
    report = yield
    visits = item.stash.get(VISITS, [])
    if report.failed and call.when != "teardown" and visits:
        folder = FAILURES / re.sub(r"[^\w.-]+", "-", item.name).strip("-")
        files = [file.relative_to(ROOT) for file in keep_evidence(visits, folder)]
        lines = [
            f".venv/bin/python -m playwright show-trace --port 0 {file}"
            if file.suffix == ".zip"
            else str(file)
            for file in files
        ]
        report.sections.append(("What the browser left", "\n".join(lines)))
    return report


# The page knows by its API's address that it is on this machine, where one model speaks for all;
# another spelling of 127.0.0.1 hides that. The machine may be without a network.
AS_ON_AWS = """Object.defineProperty(navigator, 'onLine', { get: () => true });
new MutationObserver((_, observer) => {
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
