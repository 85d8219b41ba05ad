"""Every file that a document or a comment names exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("handler", "scripts", "tests", "terraform", "site", "docs", "requirements")
PATH = re.compile(rf"(?<![\w/.-])(?:{'|'.join(ROOMS)})/[\w./*-]*[\w*]")
# A record of former versions, and tests that make up files of their own.
EXEMPT = {"CHANGELOG.md", "test_bundle.py", "test_package.py", "test_named_paths.py"}
# Where a target's name belongs.
PATTERNS = {"scripts/commands/X.py", "scripts/commands/TARGET.py"}
TEXTS = {".md", ".py", ".tf", ".hcl", ".sh", ".js", ".css", ".html", ".toml"}


def texts() -> list[Path]:
    inside = (path for room in ROOMS for path in (ROOT / room).rglob("*"))
    return [
        path
        for path in sorted([*ROOT.glob("*"), *inside])
        if path.is_file() and path.suffix in TEXTS and path.name not in EXEMPT
    ]


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_names_only_files_that_exist(path):
    named = set(PATH.findall(path.read_text())) - PATTERNS
    places = {name: [ROOT / name, ROOT / f"{name}.py"] for name in named if "*" not in name}
    missing = {name for name, found in places.items() if not any(map(Path.exists, found))}
    missing |= {name for name in named if "*" in name and not list(ROOT.glob(name))}
    assert not missing
