"""What Terraform uploads is built whole, the same everywhere, and with nothing that does not
belong."""

import os
import zipfile
from pathlib import Path

import pytest

from scripts.console.progress import Failure
from scripts.workspace.package import build_site, build_zip


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def handler(tmp_path: Path) -> Path:
    return write(
        tmp_path / "handler", {"app.py": "a = 1\n", "__init__.py": "", "store/table.py": "t = 1\n"}
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(
        tmp_path / "project",
        {
            "site/index.html": "<html>",
            "site/js/app.js": "start();\n",
            "node_modules/marked/lib/marked.esm.js": (
                "export const marked = 1;\n//# sourceMappingURL=marked.esm.js.map\n"
            ),
            "node_modules/dompurify/dist/purify.es.mjs": "export default 1;\n",
        },
    )


def test_the_zip_holds_the_package_under_its_name_in_order(handler: Path, tmp_path: Path):
    build_zip(handler, tmp_path / "build" / "handler.zip")
    with zipfile.ZipFile(tmp_path / "build" / "handler.zip") as archive:
        assert archive.namelist() == [
            "handler/__init__.py",
            "handler/app.py",
            "handler/store/table.py",
        ]
        assert archive.read("handler/app.py") == b"a = 1\n"


def test_the_zip_has_the_same_bytes_whatever_the_files_times_and_modes(
    handler: Path, tmp_path: Path
):
    build_zip(handler, tmp_path / "one.zip")
    os.utime(handler / "app.py", (1_500_000_000, 1_500_000_000))
    (handler / "app.py").chmod(0o700)
    build_zip(handler, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_compiled_python_stays_out_of_the_zip(handler: Path, tmp_path: Path):
    build_zip(handler, tmp_path / "clean.zip")
    write(
        handler,
        {
            "__pycache__/app.cpython-313.pyc": "x",
            "store/__pycache__/table.cpython-313.pyc": "x",
            "old.pyc": "x",
        },
    )
    build_zip(handler, tmp_path / "used.zip")
    assert (tmp_path / "used.zip").read_bytes() == (tmp_path / "clean.zip").read_bytes()


def test_the_size_is_told_and_an_unchanged_zip_is_not_written_again(handler: Path, tmp_path: Path):
    target = tmp_path / "handler.zip"
    size = build_zip(handler, target)
    written = target.stat()
    assert build_zip(handler, target) == size == written.st_size
    assert target.stat().st_ino == written.st_ino


def test_a_changed_file_changes_the_zip_and_leaves_nothing_aside(handler: Path, tmp_path: Path):
    target = tmp_path / "build" / "handler.zip"
    build_zip(handler, target)
    before = target.read_bytes()
    (handler / "app.py").write_text("a = 2\n")
    build_zip(handler, target)
    assert target.read_bytes() != before
    assert [path.name for path in target.parent.iterdir()] == ["handler.zip"]


def test_the_site_is_the_page_and_its_packages_without_source_maps(project: Path):
    build_site(project, project / "build" / "site")
    assert tree(project / "build" / "site") == {
        "index.html": "<html>",
        "js/app.js": "start();\n",
        "vendor/marked.js": "export const marked = 1;\n",
        "vendor/purify.js": "export default 1;\n",
    }


def test_a_file_that_left_the_page_leaves_the_built_site(project: Path):
    target = project / "build" / "site"
    write(project, {"site/old.css": ""})
    build_site(project, target)
    (project / "site" / "old.css").unlink()
    build_site(project, target)
    assert "old.css" not in tree(target)
    assert [path.name for path in target.parent.iterdir()] == ["site"]


def test_an_unchanged_site_is_not_written_again(project: Path):
    target = project / "build" / "site"
    build_site(project, target)
    written = target.stat().st_ino
    build_site(project, target)
    assert target.stat().st_ino == written


def test_a_missing_package_is_one_sentence_and_leaves_the_former_site(project: Path):
    target = project / "build" / "site"
    build_site(project, target)
    former = tree(target)
    (project / "node_modules/marked/lib/marked.esm.js").unlink()
    with pytest.raises(Failure, match="run make package again"):
        build_site(project, target)
    assert tree(target) == former
    assert [path.name for path in target.parent.iterdir()] == ["site"]
