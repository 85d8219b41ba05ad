"""Imports run one way through the handler, and the chat reaches no AWS, not even by a detour."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# A room imports only from the floors beneath its own.
FLOORS = [
    {"errors", "ids", "text", "tokens", "values"},
    {"money", "telemetry"},
    {"store"},
    {"models"},
    {"schemas", "settings"},
    {"chat"},
    {"api", "aws"},
    {"app"},
]
AWS = ("boto3", "botocore", "handler.api", "handler.app", "handler.aws", "handler.store")


@cache
def imports() -> dict[str, set[str]]:
    """By module of the handler, all that it imports, wherever in its text."""
    found = {}
    for path in (ROOT / "handler").rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.module and not node.level, f"{name} has a relative import"
                found[name].add(node.module)
                found[name] |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own(imported: set[str], modules: dict[str, set[str]]) -> set[str]:
    return {name for name in imported if name in modules and name != "handler"}


def reached(start: str, modules: dict[str, set[str]]) -> set[str]:
    """All that importing a module of the handler brings along."""
    seen, waiting = set(), {start}
    while waiting:
        seen |= waiting
        waiting = {name for module in waiting for name in modules.get(module, ())} - seen
    return seen


def floor_of(module: str) -> int:
    room = module.split(".")[1]
    (floor,) = [number for number, rooms in enumerate(FLOORS) if room in rooms]
    return floor


def test_every_room_imports_from_the_floors_beneath_it():
    modules = imports()
    wrong = [
        f"{module} imports {imported}"
        for module in modules.keys() - {"handler"}
        for imported in own(modules[module], modules)
        if module.split(".")[1] != imported.split(".")[1] and floor_of(imported) >= floor_of(module)
    ]
    assert wrong == []


def test_telemetry_knows_nothing_of_ours_but_values():
    modules = imports()
    for module in modules:
        if module.startswith("handler.telemetry"):
            rooms = {name.split(".")[1] for name in own(modules[module], modules)}
            assert rooms <= {"telemetry", "values"}, module


def test_the_chat_reaches_neither_aws_nor_the_store_nor_the_apis():
    modules = imports()
    chat = [module for module in modules if module.startswith("handler.chat")]
    assert len(chat) >= 10
    for module in chat:
        wrong = {
            name
            for name in reached(module, modules)
            if f"{name}.".startswith(tuple(f"{one}." for one in AWS))
        }
        assert wrong == set(), module
