"""Builds what Terraform uploads: build/handler.zip from handler/, build/site/ from site/ and its
packages, and build/worker/, the files of a model worker's machine."""

import filecmp
import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.console.progress import Failure
from scripts.workspace import bundle, install, paths

# What the page takes from its packages, by its name in vendor/.
VENDOR = {
    "marked.js": "node_modules/marked/lib/marked.esm.js",
    "purify.js": "node_modules/dompurify/dist/purify.es.mjs",
}
SOURCE_MAP = re.compile(rb"\n*//# sourceMappingURL=\S+\s*\Z")
WORKER = "scripts.worker.__main__"
NOT_SHIPPED = {"__pycache__", ".DS_Store"}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
MODE = 0o100644 << 16
UNIX = 3


def build(say: Callable[[str], None] = lambda _line: None) -> None:
    """All of it, with the page's packages installed. Raises Failure."""
    size = build_zip(paths.ROOT / "handler", paths.BUILD / "handler.zip")
    say(f"build/handler.zip  {size} bytes")
    build_worker(paths.ROOT, paths.BUILD / "worker")
    say(f"build/worker  {len(_files(paths.BUILD / 'worker'))} files")
    install.site()
    build_site(paths.ROOT, paths.BUILD / "site")
    say(f"build/site  {len(_files(paths.BUILD / 'site'))} files")


def build_zip(source: Path, target: Path) -> int:
    """Packs the folder `source` under its own name; the same files give the same bytes anywhere.
    Returns the zip's bytes."""
    packed = io.BytesIO()
    # Stored, not deflated: what deflate makes differs between versions of zlib.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in _files(source):
            entry = zipfile.ZipInfo((source.name / path.relative_to(source)).as_posix(), EPOCH)
            entry.external_attr = MODE
            entry.create_system = UNIX
            archive.writestr(entry, path.read_bytes())
    content = packed.getvalue()
    if not target.exists() or target.read_bytes() != content:
        _write(target, content)
    return len(content)


def build_site(root: Path, target: Path) -> None:
    """Fills `target` with the page of `root` and what it takes from node_modules. Raises Failure
    when that is not installed."""
    with _replaced(target) as fresh:
        shutil.copytree(root / "site", fresh, ignore=shutil.ignore_patterns(*NOT_SHIPPED))
        (fresh / "vendor").mkdir()
        for name, path in VENDOR.items():
            (fresh / "vendor" / name).write_bytes(_vendor(root / path))


def build_worker(root: Path, target: Path) -> None:
    """Fills `target` with the worker's program, the modules that it imports, and what pip is to
    install for it."""
    with _replaced(target) as fresh:
        for path in bundle.needed(root, WORKER):
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            # Bare, for EC2 takes no more than 16 KB of what a machine is given at its start.
            (fresh / path).write_text(bundle.bare((root / path).read_text()))
        shutil.copyfile(root / "requirements/worker.txt", fresh / "requirements.lock")


@contextmanager
def _replaced(target: Path) -> Iterator[Path]:
    """A folder to fill, which then takes the place of `target`, unless it holds the same."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as aside:
        fresh = Path(aside) / "fresh"
        yield fresh
        if not _same(fresh, target):
            if target.exists():
                target.rename(Path(aside) / "former")
            fresh.rename(target)


def _files(folder: Path) -> list[Path]:
    """Every file to ship, in an order that no file system decides."""
    files = (
        path
        for path in folder.rglob("*")
        if path.is_file() and not NOT_SHIPPED.intersection(path.parts) and path.suffix != ".pyc"
    )
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())


def _vendor(path: Path) -> bytes:
    """A package's module without the pointer to its source map, which is not shipped."""
    try:
        return SOURCE_MAP.sub(b"\n", path.read_bytes())
    except FileNotFoundError as error:
        raise Failure(
            f"{path} is missing: remove the folder node_modules, then run make package again."
        ) from error


def _same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files with the same content."""
    names = [path.relative_to(one) for path in _files(one)]
    if not other.is_dir() or names != [path.relative_to(other) for path in _files(other)]:
        return False
    return all(filecmp.cmp(one / name, other / name, shallow=False) for name in names)


def _write(target: Path, content: bytes) -> None:
    """The whole file at once: no reader finds half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.part")
    aside.write_bytes(content)
    aside.replace(target)
