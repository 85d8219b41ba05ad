"""Writes every conversation, as JSON lines and as Markdown. A whole export appears at once; half of
one never has its name."""

import os
import shutil
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from handler.values import iso
from scripts.archive.exporter import Exporter
from scripts.archive.lines import NAME, Lines
from scripts.console.arguments import Argument
from scripts.console.progress import Failure, say
from scripts.stack.connection import DeployedStack
from scripts.workspace import paths

TO = "a new folder (default: exports/STACK-TIME); - writes the JSON lines to stdout"
ARGUMENTS = {"export": (Argument("to", TO, str, ""),)}


def run(options: Namespace, deployed: DeployedStack) -> None:
    """The folder's name is the last line of stdout."""
    now, stack = time.time(), deployed.outputs["stack"]

    def write(lines: Lines, pages_to_read: Path | None = None) -> None:
        lines.header(stack, now)
        Exporter(deployed.table(), deployed.store()).write(lines, pages_to_read)

    if options.to == "-":
        with _explained("a reader sees by its missing last line that it is not whole"):
            write(Lines(sys.stdout.buffer))
            sys.stdout.buffer.flush()
        return
    stamp = iso(now)[:19].replace(":", "").replace("-", "") + "Z"
    target = Path(options.to).expanduser() if options.to else paths.EXPORTS / f"{stack}-{stamp}"
    with (
        _explained("nothing of it was kept"),
        _new_folder(target) as folder,
        (folder / NAME).open("xb") as file,
    ):
        write(Lines(file), folder / "markdown")
        file.flush()
        os.fsync(file.fileno())
    print(target)


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A folder for its owner alone, that gets its name when it is whole, or is removed. Raises
    Failure."""
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise Failure(f"{target} exists already: name another folder with TO=, or remove it first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-", suffix=".part"))
    try:
        yield aside
        aside.rename(target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


@contextmanager
def _explained(what_is_left: str) -> Iterator[None]:
    """One sentence for an export that ends early. Raises Failure."""
    try:
        yield
    except OSError as error:
        raise Failure(
            f"The export could not be written ({error.strerror or error}); {what_is_left}."
        ) from error
    except KeyboardInterrupt:
        say(f"\nThe export was interrupted; {what_is_left}.")
        raise
