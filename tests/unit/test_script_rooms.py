"""The rooms of scripts/ import one way: machinery never imports a command, and no room one above
it."""

from pathlib import Path

import pytest

from scripts.workspace.bundle import imports

ROOT = Path(__file__).parents[2]
# A room imports from those before it.
ROOMS = (
    "console",
    "workspace",
    "terraform",
    "stack",
    "llm",
    "worker",
    "local",
    "costs",
    "lease",
    "logs",
    "archive",
    "doctor",
    "docs",
    "bench",
    "commands",
    "__main__",
)


def room(module: str) -> str | None:
    """The room of a module of this project's scripts; None when it is something else."""
    package, _, rest = module.partition(".")
    return rest.split(".")[0] if package == "scripts" and rest else None


def test_every_room_has_its_place():
    found = {
        path.stem for path in (ROOT / "scripts").iterdir() if path.is_dir() or path.suffix == ".py"
    }
    assert found - {"__init__", "__pycache__"} == set(ROOMS)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_from_those_before_it(name):
    path = ROOT / "scripts" / name
    files = path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
    above = {
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files
        for module in imports(file)
        if (found := room(module)) and ROOMS.index(found) > ROOMS.index(name)
    }
    assert above == set()
