"""Everything that is installed is pinned with its hash: the lists that people read and the locks
that are installed agree."""

import base64
import json
import re
import subprocess
from pathlib import Path

import pytest

from scripts.commands import audit, lock
from scripts.workspace import install

ROOT = Path(__file__).parents[2]
# Installed on a worker's machine (terraform/modules/worker/lease/files/boot.sh), with the same
# words.
WORKERS = "requirements-worker.lock"
PACKAGE_LOCK = json.loads((ROOT / "package-lock.json").read_text())


def normal(name: str) -> str:
    """A package's name without its extras, as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.split("[")[0]).lower()


def listed(name: str) -> dict[str, str]:
    """The lines of a list that people keep, by package, without what it takes over from another
    list."""
    lines = (line.split("#")[0].strip() for line in (ROOT / f"{name}.txt").read_text().splitlines())
    pairs = (line.partition("==") for line in lines if line and not line.startswith("-r "))
    return {normal(package): version for package, _, version in pairs}


def locked(name: str) -> dict[str, set[str]]:
    """The versions in a lock, by package: more than one where they depend on the platform or on
    Python."""
    versions: dict[str, set[str]] = {}
    for package, version in re.findall(
        r"^([\w.\[\],-]+)==([^\s;]+)", (ROOT / f"{name}.lock").read_text(), re.MULTILINE
    ):
        versions.setdefault(normal(package), set()).add(version)
    return versions


def entries(name: str) -> list[str]:
    """A lock's entries without its comments: each one requirement and its hashes."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / f"{name}.lock").read_text())
    return re.split(r"(?m)\n(?=\S)", text.strip())


def test_every_list_has_a_lock():
    lists = {path.stem for path in ROOT.glob("requirements*.txt")}
    assert lists == {path.stem for path in ROOT.glob("requirements*.lock")} == set(lock.LISTS)


@pytest.mark.parametrize("name", lock.LISTS)
def test_a_list_pins_exactly_and_its_lock_agrees(name):
    wanted = listed(name)
    assert wanted
    assert {package: {version} for package, version in wanted.items()} == {
        package: versions for package, versions in locked(name).items() if package in wanted
    }


@pytest.mark.parametrize("name", lock.LISTS)
def test_every_line_of_a_lock_is_a_pinned_package_with_hashes(name):
    for entry in entries(name):
        requirement, *hashes = re.split(r"\s*\\\n\s*", entry)
        assert re.fullmatch(r"[\w.\[\],-]+==[\w.]+( ; .+)?", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes), requirement


def test_the_tests_run_against_what_make_up_runs():
    tested = locked("requirements-dev")
    assert locked("requirements").items() <= tested.items()


def test_a_binary_package_has_hashes_for_each_platform():
    (engine,) = (entry for entry in entries("requirements") if entry.startswith("xllamacpp=="))
    # Linux on two architectures and macOS, for at least three Pythons.
    assert engine.count("--hash=") >= 9


def test_pip_installs_hashed_files_only_and_runs_no_code_of_theirs(monkeypatch, tmp_path):
    called = []
    monkeypatch.setattr(install, "environment", lambda folder: None)
    monkeypatch.setattr(install, "_changed", lambda *_: True)
    monkeypatch.setattr(install, "_stamp", lambda name, _: tmp_path / name)
    monkeypatch.setattr(install.subprocesses, "log_path", lambda name: tmp_path / f"{name}.log")
    monkeypatch.setattr(
        install.subprocesses,
        "run",
        lambda words, log: called.append([str(word) for word in words]) or 0,
    )
    monkeypatch.setattr(install.paths, "NODE_MODULES", tmp_path)
    for step in (
        install.python,
        install.dev,
        install.model,
        install.tools,
        install.site,
        install.lint,
    ):
        step()
    pips = [words for words in called if "pip" in words]
    assert {words[-1] for words in pips} == {f"{name}.lock" for name in lock.LISTS} - {WORKERS}
    assert all({"--require-hashes", "--only-binary", "--no-deps"} <= set(words) for words in pips)
    npms = [words for words in called if words[0] == "npm"]
    assert npms
    assert all(words[1] == "ci" and "--ignore-scripts" in words for words in npms)


def test_a_workers_machine_installs_hashed_files_of_the_same_versions_only():
    script = (ROOT / "terraform/modules/worker/lease/files/boot.sh").read_text()
    assert "--require-hashes --no-deps --only-binary :all:" in script
    assert locked("requirements-worker").items() <= locked("requirements").items()
    (engine,) = (
        entry for entry in entries("requirements-worker") if entry.startswith("xllamacpp==")
    )
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
    assert audit.main([]) == 2
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
    assert audit.main([]) == code
