"""`make TARGET` and `python -m scripts TARGET`: one table, one parser, one handler of errors."""

import argparse
import errno
import importlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from scripts import __main__
from scripts.commands import deploy, down, guests, model
from scripts.commands import test as run_tests
from scripts.console.arguments import Argument, between, one_of
from scripts.console.progress import FULL_DISK, Failure, Stopped
from scripts.workspace import install, paths

ROOT = Path(__file__).parents[2]
REFUSAL = ClientError({"Error": {"Code": "Denied", "Message": "no\n way"}}, "Scan")
DENIED = "An error occurred (Denied) when calling the Scan operation: no way"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Logs go to a folder of the test's own, and no variable of Make is set."""
    monkeypatch.setattr(paths, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(paths, "LOG", tmp_path / ".local/log")
    monkeypatch.setattr(paths, "STACKS", tmp_path / ".stacks")
    monkeypatch.setattr(__main__.subprocesses, "stop_all", lambda: None)
    for name in (
        "PORT",
        "MODEL",
        "MODEL_PORT",
        "ENV",
        "STACK",
        "YES",
        "NAME",
        "DAYS",
        "DAILY",
        "HOURS",
        "BACKEND",
        "SPOT",
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def parsed(target: str, *words: str) -> argparse.Namespace:
    """What the command of a target would be handed."""
    module, _, _ = __main__.TARGETS[target].function.partition(".")
    own = importlib.import_module(f"scripts.commands.{module}").ARGUMENTS.get(target, ())
    options = argparse.Namespace()
    __main__.parse(target, [*words], options, own)
    return options


def fails(monkeypatch, capsys, error: BaseException, target: str = "down", *words: str):
    """The exit code and the sentence of a command that raises `error`."""

    def command(*_: object) -> None:
        raise error

    module, function = {"down": (down, "run"), "deploy": (deploy, "deploy")}[target]
    monkeypatch.setattr(module, function, command)
    return __main__.run(target, [*words]), capsys.readouterr().err


def test_make_and_the_table_know_the_same_targets():
    named = re.findall(r"^([a-z-]+):.* ## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert named == ["help", *__main__.TARGETS]


def test_make_prints_the_help_that_the_program_prints():
    said = [
        subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for words in (["make", "-s"], [sys.executable, "-m", "scripts"])
    ]
    assert said[0] == said[1]
    assert "  invite       Lets a person in" in said[0]


@pytest.mark.parametrize("name", __main__.TARGETS)
def test_every_target_has_a_command_and_needs_what_can_be_installed(name):
    target = __main__.TARGETS[name]
    module, _, function = target.function.partition(".")
    assert callable(getattr(importlib.import_module(f"scripts.commands.{module}"), function))
    assert set(target.needs) <= set(install.SETS)


@pytest.mark.parametrize("name", __main__.TARGETS)
def test_every_target_has_a_help_of_its_own(name, capsys):
    with pytest.raises(SystemExit) as ended:
        __main__.run(name, ["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert " ".join(__main__.purpose(name).split()) in " ".join(said.split())


def test_the_program_starts_with_the_standard_library_alone():
    words = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); "]
    words[-1] += "from scripts.__main__ import main; sys.exit(main([]))"
    assert subprocess.run(words, capture_output=True).returncode == 0
    # The first three steps of `make up`, too.
    words[-1] = words[-1].replace("from scripts.__main__ import main", "import scripts.commands.up")
    words[-1] = (
        words[-1]
        .replace("main([])", "0")
        .replace("scripts.commands.up", "scripts.commands.up, scripts.commands.down")
    )
    assert subprocess.run(words, capture_output=True).returncode == 0


def test_an_unknown_target_is_named(capsys):
    assert __main__.main(["deplyo"]) == 2
    assert capsys.readouterr().err == "There is no target deplyo: make lists them.\n"


def test_values_come_from_the_environment_and_from_the_command_line(monkeypatch):
    monkeypatch.setenv("NAME", "Ana O'María")
    monkeypatch.setenv("DAYS", "7")
    monkeypatch.setenv("DAILY", "")
    monkeypatch.setenv("ENV", "local")
    given = parsed("invite")
    assert (given.name, given.days, given.daily, given.env) == ("Ana O'María", 7, 50, "local")
    given = parsed("invite", "bia", "--days", "9", "--env", "aws")
    assert (given.name, given.days, given.env, given.stack) == ("bia", 9, "aws", None)


def test_a_flag_is_set_by_any_text_and_an_empty_one_is_not_given(monkeypatch):
    monkeypatch.setenv("SPOT", "")
    assert parsed("llm-on").spot is False
    monkeypatch.setenv("SPOT", "1")
    given = parsed("llm-on", "3", "--backend", "worker")
    assert (given.spot, given.hours, given.backend) == (True, 3, "worker")
    assert given.instance == model.INSTANCE


def test_up_takes_its_values_from_the_command_line_too(monkeypatch, folder):
    for name in ("PORT", "MODEL"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setattr("scripts.local.bring_up.bring_up", lambda *_: "the link")
    for name in ("remember_model", "stop"):
        monkeypatch.setattr(f"scripts.lease.local.{name}", lambda *_: None)
    file = folder / "m.gguf"
    file.write_bytes(b"GGUF" + bytes(400))
    words = ["--port", "4801", "--model", str(file), "--steps-done", "3"]
    assert __main__.run("up", words) == 0
    assert (os.environ["PORT"], os.environ["MODEL"]) == ("4801", str(file))


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DAYS": "0"}, "argument --days: '0' is not a whole number from 1 to 3650"),
        ({"NAME": "<b>"}, "'<b>' is no name: use 1 to 40 letters"),
        ({"NAME": ""}, "say who it is: NAME=ana"),
        ({"ENV": "moon"}, "argument --env: 'moon' is none of aws, local"),
    ],
)
def test_a_wrong_value_ends_the_program(monkeypatch, capsys, variables, said):
    for name, value in ({"NAME": "ana"} | variables).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        parsed("invite")
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "text"), [(between(1, 9), "1.5"), (between(1, 9), "x"), (one_of("a"), "b")]
)
def test_a_kind_refuses_what_is_none_of_it(kind, text):
    with pytest.raises(argparse.ArgumentTypeError):
        kind(text)


def test_a_value_reaches_the_program_through_make_as_it_was_typed(tmp_path):
    script = "import os, sys; print(repr((sys.argv[1:], os.environ['NAME'])))"
    (tmp_path / "python").write_text(f"#!{sys.executable}\n{script}\n")
    (tmp_path / "python").chmod(0o700)
    name = """Ana 'x" María; `id`"""
    words = ["make", "-s", "invite", f"PYTHON={tmp_path / 'python'}", f"NAME={name}"]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said == repr((["-m", "scripts", "invite"], name)) + "\n"


def test_a_failure_is_its_sentence(monkeypatch, capsys):
    assert fails(monkeypatch, capsys, Failure("Why.")) == (1, "Why.\n")
    assert fails(monkeypatch, capsys, Failure("Why."), "deploy") == (1, "\nWhy.\n")
    assert fails(monkeypatch, capsys, Stopped("Stopped.")) == (130, "Stopped.\n")


def test_ctrl_c_says_how_to_go_on_where_that_is_so(monkeypatch, capsys):
    assert fails(monkeypatch, capsys, KeyboardInterrupt()) == (130, "")
    code, said = fails(monkeypatch, capsys, KeyboardInterrupt(), "deploy", "--stack", "class")
    assert code == 130
    assert said == "\nStopped. Run make deploy STACK=class again: it goes on where it stopped.\n"


def test_what_aws_refuses_is_a_sentence(monkeypatch, capsys):
    code, said = fails(monkeypatch, capsys, REFUSAL, "deploy")
    assert code == 1
    assert said == (
        f"\nAWS did not answer as it should ({DENIED}): check your credentials and region, then "
        "run make deploy again.\n"
    )
    options = argparse.Namespace(env="aws", stack=None)
    assert __main__.sentence(REFUSAL, "status", options) == (
        f"AWS did not answer as it should: check your credentials and region ({DENIED})."
    )


def test_an_emulator_that_is_gone_is_a_sentence():
    error = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")
    options = argparse.Namespace(env="local", stack=None)
    assert __main__.sentence(error, "status", options) == (
        "The local stack does not answer: run make up again "
        '(Could not connect to the endpoint URL: "http://127.0.0.1:4566").'
    )


def test_a_full_disk_is_a_sentence(monkeypatch, capsys):
    assert fails(monkeypatch, capsys, OSError(errno.ENOSPC, "x")) == (1, f"{FULL_DISK}\n")


def test_an_unexpected_error_is_a_sentence_and_a_log(monkeypatch, capsys, folder):
    log = folder / ".local/log/down.log"
    code, said = fails(monkeypatch, capsys, KeyError("x"))
    assert (code, said) == (
        1,
        f"make down failed unexpectedly (KeyError): details are in {log}.\n",
    )
    assert "KeyError: 'x'" in log.read_text()


@pytest.fixture
def ran(monkeypatch):
    """What a target runs in its place: the words after Python's name."""
    words: list[str] = []
    monkeypatch.setattr(run_tests.os, "execv", lambda _, given: words.extend(given[1:]))
    monkeypatch.setattr(run_tests.os, "chdir", lambda _: None)
    monkeypatch.setattr(run_tests, "_cores", lambda: 2)
    for name in ("K", "SEED", "WORKERS", "COVERAGE"):
        monkeypatch.delenv(name, raising=False)
    return words


def test_the_suites_run_on_two_workers_a_core(ran):
    __main__.run("test", ["--coverage"])
    assert ran == [
        "-m", "pytest", "-n", "4", "--dist", "loadgroup", "tests/unit", "tests/contract",
        "tests/doctor", "tests/infra", "tests/e2e", "tests/browser", "--cov=handler",
    ]  # fmt: skip


@pytest.mark.parametrize(("cores", "workers"), [(1, "2"), (2, "4"), (4, "8"), (64, "8")])
def test_workers_follow_the_cores(ran, monkeypatch, cores, workers):
    monkeypatch.setattr(run_tests, "_cores", lambda: cores)
    __main__.run("test", [])
    assert ran[ran.index("-n") + 1] == workers


def test_an_expression_chooses_tests_and_a_seed_repeats_their_order(ran, monkeypatch):
    monkeypatch.setenv("K", "guest and not socket")
    __main__.run("test", ["--seed", "7"])
    assert ran[ran.index("-n") + 1] == "0"
    assert ran[-3:] == ["-k", "guest and not socket", "--randomly-seed=7"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("test-unit", ["pytest", "-n", "2", "--dist", "loadgroup", "tests/unit"]),
        ("drills", ["pytest", "-n", "2", "--dist", "loadgroup", "tests/drills"]),
        ("test-up", ["tests.support.kept_stack", "up"]),
        ("test-down", ["tests.support.kept_stack", "down"]),
    ],
)
def test_the_other_targets_of_tests_run_in_the_same_way(ran, name, words):
    __main__.run(name, [])
    assert ran == ["-m", *words]


def test_the_program_itself_leaves_broken_pipes_to_its_callers():
    before = signal.getsignal(signal.SIGPIPE)
    __main__.run("status", ["--env", "local", "--stack", "none"])
    assert signal.getsignal(signal.SIGPIPE) == before


def test_the_packages_are_installed_before_a_command_runs(monkeypatch, capsys):
    ran = []
    monkeypatch.setitem(install.SETS, "python", lambda: ran.append("python"))
    monkeypatch.setitem(install.SETS, "site", lambda: ran.append("site"))
    monkeypatch.setattr(__main__.os, "execv", lambda _, words: ran.append(words[1:]))
    monkeypatch.setattr(paths, "VENV", Path("/elsewhere/.venv"))
    monkeypatch.setattr("scripts.commands.package.run", lambda _options: ran.append("run"))
    assert __main__.main(["package"]) == 0
    assert ran == ["python", "site", ["-m", "scripts", "package"], "run"]
    assert guests.NAME in guests.ARGUMENTS["invite"]
    assert isinstance(guests.NAME, Argument)
