"""Chromium, for a moment."""

import os
import shutil
from pathlib import Path

from scripts.console.progress import Failure


def picture(html: str, path: Path, *, width: int) -> None:
    """The whole page as a PNG. Raises Failure without a browser."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise Failure("A picture takes Playwright: run make test once, or name an .html file.") from error
    if not program:
        raise Failure("A picture takes Chromium: install it, name one with CHROMIUM=path, or name an .html file.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = chromium.new_page(viewport={"width": width, "height": 800})
            page.set_content(html)
            page.screenshot(path=path, full_page=True)
        finally:
            chromium.close()
