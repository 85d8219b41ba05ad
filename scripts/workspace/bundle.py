"""Which of the project's own files a program needs, by its imports: what goes to a machine that has
nothing of it."""

import ast
import io
import tokenize
from pathlib import Path

OWN = ("scripts", "handler")


def needed(root: Path, module: str) -> list[Path]:
    """The files of `module` and of all that it imports from this project, relative to `root`, in an
    order that no file system decides. An import counts wherever it stands, inside a function too.
    """
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        for path in _files(root, waiting.pop()):
            if path not in found:
                found.add(path)
                waiting += imports(root / path)
    return sorted(found)


def imports(path: Path) -> list[str]:
    """The modules that a file imports; of `from a import b` both a and a.b, for b may be one."""
    modules: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return modules


def bare(source: str) -> str:
    """The same program without its comments and docstrings, for where every byte counts; lines keep
    their numbers, so that an error's place can be looked up."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and ast.get_docstring(node) is not None
        ):
            text = node.body[0]
            first, last = text.lineno, text.end_lineno or text.lineno
            lines[first - 1 : last] = [""] * (last - first + 1)
            # A body of nothing else must not become empty.
            if len(node.body) == 1:
                lines[first - 1] = " " * text.col_offset + "0"
    return "\n".join(lines) + "\n"


def _files(root: Path, module: str) -> list[Path]:
    """The module's file and those of the packages that it lies in; none when it is no module of
    this project."""
    parts = module.split(".")
    packages = [Path(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    return [
        path
        for path in (*packages, Path(*parts).with_suffix(".py"))
        if parts[0] in OWN and (root / path).is_file()
    ]
