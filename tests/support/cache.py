"""What takes long and follows from files alone is computed once: for all processes of a run, and
for the next run as long as nothing of what enters has changed."""

import fcntl
import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from scripts.workspace import paths

FOLDER = paths.BUILD / "test-cache"


def cached(
    name: str,
    entering: Iterable[Path | str],
    compute: Callable[[], Any],
    *,
    keep: Callable[[Any], bool],
    folder: Path = FOLDER,
) -> Any:
    """What `compute` returns, as JSON has it. `entering` is all that decides the value: files and
    words. A value that `keep` refuses, such as a failure, is computed anew the next time. Whoever
    comes while another process computes waits for it."""
    digest = _digest(entering)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = folder / f"{name}.json"
        if kept.exists() and (found := json.loads(kept.read_text()))["digest"] == digest:
            return found["value"]
        value = json.loads(json.dumps(compute()))
        if keep(value):
            # A run that is killed meanwhile leaves no half of it.
            written = kept.with_suffix(".new")
            written.write_text(json.dumps({"digest": digest, "value": value}))
            written.replace(kept)
        return value


def _digest(entering: Iterable[Path | str]) -> str:
    digest = hashlib.sha256()
    for one in entering:
        content = one.read_bytes() if isinstance(one, Path) else b""
        digest.update(json.dumps([str(one), hashlib.sha256(content).hexdigest()]).encode())
    return digest.hexdigest()
