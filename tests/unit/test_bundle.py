"""What goes to a worker's machine: the program with all that it imports, bare, and nothing else."""

import ast
from pathlib import Path

import pytest

from scripts.workspace.bundle import bare, needed
from scripts.workspace.paths import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "scripts/__init__.py": "",
        "scripts/program.py": "import json\nfrom scripts.words import greeting\n\n"
        "def late():\n    import handler.ids\n",
        "scripts/words/__init__.py": "from scripts.words import plain\n",
        "scripts/words/greeting.py": "import boto3\n",
        "scripts/words/plain.py": "",
        "scripts/words/unused.py": "",
        "handler/__init__.py": "",
        "handler/ids.py": "",
        "boto3.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_everything_that_is_imported_goes_along_and_nothing_else(project):
    assert [path.as_posix() for path in needed(project, "scripts.program")] == [
        "handler/__init__.py",
        "handler/ids.py",
        "scripts/__init__.py",
        "scripts/program.py",
        "scripts/words/__init__.py",
        "scripts/words/greeting.py",
        "scripts/words/plain.py",
    ]


def test_the_worker_needs_neither_terraform_nor_the_other_commands():
    names = {path.as_posix() for path in needed(ROOT, "scripts.worker.__main__")}
    assert "scripts/worker/writing.py" in names
    assert not names & {
        "scripts/terraform/driver.py",
        "scripts/__main__.py",
        "scripts/lease/ec2.py",
        "scripts/lease/presence.py",
    }


SOURCE = '''"""Says what it is."""

TEXT = "# no comment"  # a comment
LONG = """# kept
    as it is"""


class Thing(Exception):
    """Only said."""


def work(x):
    """Two
    lines."""
    # why
    return x  # so
'''


def test_comments_and_docstrings_go_and_the_program_stays():
    left = bare(SOURCE)
    assert left.splitlines()[2:5] == [
        'TEXT = "# no comment"',
        'LONG = """# kept',
        '    as it is"""',
    ]
    found: dict = {}
    exec(left, found)
    assert (found["TEXT"], found["LONG"], found["work"](3)) == (
        "# no comment",
        "# kept\n    as it is",
        3,
    )
    assert issubclass(found["Thing"], Exception)
    assert "why" not in left


def test_lines_keep_their_numbers():
    def numbers(source: str) -> dict[str, int]:
        return {
            node.name: node.lineno
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ClassDef | ast.FunctionDef)
        }

    assert numbers(bare(SOURCE)) == numbers(SOURCE)


def test_each_file_of_the_worker_still_parses_and_has_no_docstring():
    for path in needed(ROOT, "scripts.worker.__main__"):
        tree = ast.parse(bare((ROOT / path).read_text()))
        assert ast.get_docstring(tree) is None, path
