"""The lock file and what is exported from it: every package that pyproject.toml brings, pinned,
with the hash of each file that may be installed.

A lock holds for Python 3.11 and newer on Linux and macOS alike. It names the public index alone,
whatever this machine is set to, so that it never names a file that only one person can see."""

import os
from pathlib import Path

from scripts.console.progress import Failure
from scripts.workspace import install, paths, subprocesses

LOCK = "uv.lock"
# Which parts of pyproject.toml are in each export. What the tests run against is what `make up`
# runs, since it is one lock.
EXPORTS = {
    "requirements.txt": [],
    "requirements/build.txt": ["--only-group", "build"],
    "requirements/dev.txt": ["--group", "dev"],
    "requirements/model.txt": ["--only-group", "model"],
    "requirements/tools.txt": ["--only-group", "tools"],
    "requirements/worker.txt": ["--only-group", "worker"],
}
HEADER = "# Written by make lock, from uv.lock.\n"


def write(*, upgrade: bool) -> None:
    """Writes the lock and the exports; versions stay as they are where pyproject.toml allows it,
    unless `upgrade`. Raises Failure."""
    subprocesses.log_path("lock").unlink(missing_ok=True)
    _uv(["lock", *(["--upgrade"] if upgrade else [])], LOCK)
    for name, parts in EXPORTS.items():
        words = ["--frozen", "--no-emit-project", "--no-header", "--output-file", name]
        _uv(["export", *words, *parts], name)
        path = paths.ROOT / name
        path.write_text(HEADER + path.read_text())


def _uv(words: list[str], name: str) -> None:
    program: list[str | Path] = [install.TOOLS / "bin" / "uv", "--no-progress"]
    # A person's own settings may name another index.
    foreign = ("UV_", "PIP_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    env |= {"XDG_CONFIG_HOME": os.devnull, "XDG_CONFIG_DIRS": os.devnull}
    if subprocesses.run([*program, *words], log="lock", env=env):
        log = subprocesses.log_path("lock")
        raise Failure(f"{name} could not be written; the reason is in {log}.")
