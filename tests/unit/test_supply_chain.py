"""Everything that is installed is pinned with its hash: what people read in pyproject.toml, the
lock and what is exported from it agree."""

import base64
import json
import re
import subprocess
import tomllib
from argparse import Namespace
from pathlib import Path

import pytest

import handler
from scripts.commands import audit
from scripts.workspace import install, locks

ROOT = Path(__file__).parents[2]
# Installed on a worker's machine (terraform/modules/worker/lease/files/boot.sh), with the same
# words.
WORKERS = "requirements/worker.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / locks.LOCK).read_text()
PACKAGE_LOCK = json.loads((ROOT / "package-lock.json").read_text())
GROUPS = PROJECT["dependency-groups"] | {"requirements": PROJECT["project"]["dependencies"]}
# What the public index is called, and where its files lie.
HOSTS = {"pypi.org", "files.pythonhosted.org"}


def normal(name: str) -> str:
    """A package's name without its extras, as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.split("[")[0]).lower()


def wanted(name: str) -> dict[str, str]:
    """What pyproject.toml has of an export, by package; the version is empty where it is pinned
    elsewhere."""
    pairs = (line.partition("==") for line in GROUPS[Path(name).stem])
    return {normal(package): version for package, _, version in pairs}


def locked(name: str) -> dict[str, set[str]]:
    """The versions in an export, by package: more than one where they depend on the platform or on
    Python."""
    versions: dict[str, set[str]] = {}
    for package, version in re.findall(
        r"^([\w.\[\],-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE
    ):
        versions.setdefault(normal(package), set()).add(version)
    return versions


def entries(name: str) -> list[str]:
    """An export's entries without its comments: each one requirement and its hashes."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / name).read_text())
    return re.split(r"(?m)\n(?=\S)", text.strip())


def test_the_project_and_its_handler_have_one_version():
    assert PROJECT["project"]["version"] == handler.__version__


def test_the_root_has_no_more_package_files_than_these():
    patterns = ("*requirements*", "*.lock", "package*.json", "pyproject.toml")
    found = [path for pattern in patterns for path in ROOT.glob(pattern)]
    names = {path.name for path in found if path.is_file()}
    assert names == {
        "pyproject.toml",
        "uv.lock",
        "requirements.txt",
        "package.json",
        "package-lock.json",
    }


def test_every_group_is_exported():
    assert {Path(name).stem for name in locks.EXPORTS} == set(GROUPS)
    exported = {f"requirements/{path.name}" for path in (ROOT / "requirements").iterdir()}
    assert exported | {"requirements.txt"} == set(locks.EXPORTS)


def test_the_lock_names_the_public_index_alone():
    written = [LOCK, (ROOT / "pyproject.toml").read_text()]
    written += [(ROOT / name).read_text() for name in locks.EXPORTS]
    assert set(re.findall(r"\w+://([^/\s\"']+)", "\n".join(written))) == HOSTS
    sources = set(re.findall(r"^source = (.+)$", LOCK, re.MULTILINE))
    assert sources == {'{ registry = "https://pypi.org/simple" }', '{ virtual = "." }'}
    assert not any("resolved" in entry for entry in PACKAGE_LOCK["packages"].values())


@pytest.mark.parametrize("name", locks.EXPORTS)
def test_a_group_pins_exactly_and_its_export_agrees(name):
    pinned, found = wanted(name), locked(name)
    assert pinned
    assert all(version for version in pinned.values()) or name == WORKERS
    for package, version in pinned.items():
        (there,) = found[package]
        assert there == (version or wanted("requirements.txt")[package])


@pytest.mark.parametrize("name", locks.EXPORTS)
def test_every_line_of_an_export_is_a_pinned_package_with_hashes(name):
    for entry in entries(name):
        requirement, *hashes = re.split(r"\s*\\\n\s*", entry)
        assert re.fullmatch(r"[\w.\[\],-]+==[\w.]+( ; .+)?", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes), requirement
        # What is installed is what was locked.
        assert all(f'hash = "{one.removeprefix("--hash=")}"' in LOCK for one in hashes), requirement


def test_the_tests_run_against_what_make_up_runs():
    tested = locked("requirements/dev.txt")
    assert locked("requirements.txt").items() <= tested.items()


def test_a_binary_package_has_hashes_for_each_platform():
    (engine,) = (entry for entry in entries("requirements.txt") if entry.startswith("xllamacpp=="))
    # Linux on two architectures and macOS, for at least three Pythons.
    assert engine.count("--hash=") >= 9


def test_pip_installs_hashed_files_only_and_runs_no_code_of_theirs(monkeypatch, tmp_path):
    called = []
    monkeypatch.setattr(install, "environment", lambda folder: None)
    monkeypatch.setattr(install.paths, "VENV", tmp_path)
    monkeypatch.setattr(install, "TOOLS", tmp_path)
    monkeypatch.setattr(install.subprocesses, "log_path", lambda name: tmp_path / f"{name}.log")
    monkeypatch.setattr(
        install.subprocesses,
        "run",
        lambda words, log: called.append([str(word) for word in words]) or 0,
    )
    monkeypatch.setattr(install.paths, "NODE_MODULES", tmp_path)
    for name in ("python", "dev", "model", "tools", "site", "lint"):
        install.SETS[name]()
    pips = [words for words in called if "pip" in words]
    assert {words[-1] for words in pips} == set(locks.EXPORTS) - {WORKERS}
    assert all({"--require-hashes", "--only-binary", "--no-deps"} <= set(words) for words in pips)
    npms = [words for words in called if words[0] == "npm"]
    assert npms
    assert all(words[1] == "ci" and "--ignore-scripts" in words for words in npms)


def test_a_workers_machine_installs_hashed_files_of_the_same_versions_only():
    script = (ROOT / "terraform/modules/worker/lease/files/boot.sh").read_text()
    assert "--require-hashes --no-deps --only-binary :all:" in script
    assert locked(WORKERS).items() <= locked("requirements.txt").items()
    (engine,) = (entry for entry in entries(WORKERS) if entry.startswith("xllamacpp=="))
    assert engine.count("--hash=") >= 4


def test_the_pages_packages_are_pinned_and_the_lock_agrees():
    package = json.loads((ROOT / "package.json").read_text())
    wanted = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert wanted == {
        name: PACKAGE_LOCK["packages"][f"node_modules/{name}"]["version"] for name in wanted
    }


def test_every_package_of_the_page_has_a_hash_and_no_install_script():
    packages = {name: entry for name, entry in PACKAGE_LOCK["packages"].items() if name}
    for name, entry in packages.items():
        kind, _, digest = entry["integrity"].partition("-")
        assert (kind, len(base64.b64decode(digest))) == ("sha512", 64), name
        assert not entry.get("hasInstallScript"), name


def reported(monkeypatch, *, npm: dict, python: dict) -> None:
    """Plays the two programs that know of vulnerabilities."""

    def run(words: list, **_) -> subprocess.CompletedProcess:
        report = npm if words[0] == "npm" else python
        return subprocess.CompletedProcess(words, 0, json.dumps(report), "")

    monkeypatch.setattr(subprocess, "run", run)


def test_an_index_that_does_not_answer_is_no_clean_bill(monkeypatch, capsys):
    unasked = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
    reported(monkeypatch, npm={"message": "405"}, python=unasked)
    assert audit.run(Namespace()) == 2
    said = capsys.readouterr().out.splitlines()
    assert [line.split(" (")[0] for line in said] == [
        f"{name}: nothing is known, the index gave no answer" for name in ("Python", "npm")
    ]


@pytest.mark.parametrize(
    ("explained", "code"), [({}, 1), ({"BUG-1": "not reached", "BUG-2": "not reached"}, 0)]
)
def test_a_finding_fails_unless_it_is_explained(monkeypatch, explained, code):
    npm = {"vulnerabilities": {"b": {"range": "<2", "via": [{"url": "x/BUG-2"}]}}}
    python = {"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "BUG-1"}]}]}
    reported(monkeypatch, npm=npm, python=python)
    monkeypatch.setattr(audit, "EXPLAINED", explained)
    assert audit.run(Namespace()) == code
