"""What is slow to make and the same for all: kept in `build/test-cache`, for every worker of a run
and for the runs that follow."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "test-cache"


def digest_of(*texts: str, files: Iterable[Path] = ()) -> str:
    """A name for these inputs that no others have."""
    digest = hashlib.sha256(json.dumps(texts).encode())
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)} ".encode() + content)
    return digest.hexdigest()[:16]


def cached(
    name: str,
    digest: str,
    make: Callable[[], Any],
    *,
    keep: Callable[[Any], bool] = lambda value: True,
) -> Any:
    """What `make` returned for these inputs, which JSON can hold; whoever comes first makes it, and
    the others wait. What `keep` refuses, such as a failure, is made anew the next time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / f"{name}-{digest}.json"
    with (FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            text = json.dumps(value := make())
            if not keep(value):
                return json.loads(text)
            unfinished = kept.with_suffix(f".{os.getpid()}")
            unfinished.write_text(text)
            unfinished.replace(kept)
    return json.loads(kept.read_text())
