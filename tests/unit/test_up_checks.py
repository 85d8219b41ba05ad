"""What `make up` checks, starts and stops."""

import argparse
import errno
import io
import json
import os
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from scripts import __main__
from scripts.commands import guests
from scripts.console import progress
from scripts.console.progress import FULL_DISK, Failure, Steps
from scripts.local import daemons, ports
from scripts.terraform import cli
from scripts.terraform.events import TerraformReport
from scripts.workspace import checks, paths, subprocesses
from tests.support.waiting import until

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A `.local` of the test's own, and none of the person's settings."""
    for name, path in {
        "LOCAL": ".local",
        "LOG": ".local/log",
        "RUN": ".local/run",
        "VENV": ".venv",
    }.items():
        monkeypatch.setattr(paths, name, tmp_path / path)
    for name in ("PORT", "MODEL", "MODEL_URL", "TF", "TF_PLUGIN_DIR", "TF_CLI_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def sleeper():
    record = daemons.start("emulator", SLEEP, env=dict(os.environ), port=4566, fingerprint="a")
    yield record
    daemons.stop("emulator")


def program(folder, says):
    """A program that prints `says`."""
    path = folder / "terraform"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_started_process_is_found_again_and_stopped(sleeper):
    assert daemons.find("emulator") == sleeper
    assert daemons.stop("emulator")
    assert not daemons.alive(sleeper)
    assert daemons.find("emulator") is None


def test_a_process_that_ignores_the_polite_request_ends_all_the_same(monkeypatch):
    monkeypatch.setattr(daemons, "TERM_SECONDS", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    deaf += "print('deaf', flush=True); time.sleep(60)"
    record = daemons.start(
        "model", [sys.executable, "-c", deaf], env=dict(os.environ), port=1, fingerprint="a"
    )
    until(lambda: subprocesses.read_log("model"), "the process has begun")
    assert daemons.stop("model")
    assert not daemons.alive(record)


def test_a_recycled_process_id_is_never_stopped():
    stranger = subprocess.Popen(SLEEP, start_new_session=True)
    try:
        record = daemons.ProcessRecord("emulator", stranger.pid, "another start", 4566, "a")
        paths.RUN.mkdir(parents=True)
        (paths.RUN / "emulator.json").write_text(json.dumps(record.__dict__))
        assert not daemons.stop("emulator")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_broken_record_counts_as_no_process():
    paths.RUN.mkdir(parents=True)
    (paths.RUN / "model.json").write_text("{")
    assert daemons.find("model") is None
    assert not daemons.stop("model")


def test_a_dead_process_is_not_alive(sleeper):
    assert not daemons.alive(replace(sleeper, pid=2**22 - 1))


def test_a_port_held_by_another_program_is_named_with_the_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        assert ports.problem(number, "emulator") == (
            f"Port {number} is taken by another program: end that program, "
            f"or run make up PORT={number + 1}."
        )
        assert f"MODEL_PORT={number + 1}" in ports.problem(number, "model")
    assert ports.problem(number, "emulator") is None


def test_a_port_held_by_our_own_service_is_fine(sleeper):
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        number = ours.getsockname()[1]
        daemons.stop("emulator")
        daemons.start("emulator", SLEEP, env=dict(os.environ), port=number, fingerprint="a")
        assert ports.problem(number, "emulator") is None


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("PORT", text)
    with pytest.raises(Failure, match=f"PORT={text} is not a port"):
        checks.number("PORT", 4566)


def test_a_port_comes_from_the_environment_or_from_the_default(monkeypatch):
    assert checks.number("PORT", 4566) == 4566
    monkeypatch.setenv("PORT", "5000")
    assert checks.number("PORT", 4566) == 5000


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        ("Terraform v1.11.4", None),
        ("Terraform v2.0.0", None),
        ("OpenTofu v1.10.0", None),
        ("Terraform v1.9.8", "1.9 is too old: install Terraform 1.11 or newer"),
        ("OpenTofu v1.9.0", "1.9 is too old"),
        ("what?", "does not tell its version"),
    ],
)
def test_terraform_must_be_new_enough(folder, says, problem):
    found = checks.terraform(program(folder, says))
    assert found is None if problem is None else problem in found


@pytest.mark.parametrize(
    ("manager", "advice"),
    [
        ("brew", "install Terraform 1.11 or newer (brew install hashicorp/tap/terraform)."),
        ("pacman", "install Terraform 1.11 or newer (sudo pacman -S terraform)."),
        ("dnf", "install OpenTofu 1.10 or newer (sudo dnf install opentofu), and use it with "
         "TF=tofu."),
        ("tofu", "run the same command with TF=tofu."),
        (None, "install Terraform 1.11 or newer (developer.hashicorp.com/terraform/install), or "
         "use OpenTofu with TF=tofu."),
    ],
)  # fmt: skip
def test_a_missing_terraform_is_told_with_the_systems_command(folder, monkeypatch, manager, advice):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(folder))
    if manager:
        Path(program(folder, "")).rename(folder / manager)
    said = checks.terraform("terraform")
    assert said.startswith("terraform is missing")
    assert said.endswith(advice)


def test_debians_command_adds_hashicorps_packages_first(folder, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    Path(program(folder, "")).rename(folder / "apt-get")
    command = checks.terraform("no-such-terraform").partition("newer (")[2].removesuffix(").")
    assert command.startswith("sudo sh -c '")
    assert subprocess.run(["sh", "-n", "-c", command]).returncode == 0
    inside = command.partition("'")[2].removesuffix("'")
    assert subprocess.run(["sh", "-n", "-c", inside]).returncode == 0


def test_missing_programs_are_all_named_at_once(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Failure) as raised:
        checks.machine("terraform")
    lines = str(raised.value).splitlines()
    assert [line.split()[0] for line in lines] == ["terraform", "node", "npm"]
    assert all("is missing: install" in line for line in lines)


def test_a_disk_without_room_is_refused_before_anything_is_installed(folder):
    assert checks.disk(folder, free=1_000_000_000) == FULL_DISK
    paths.VENV.mkdir()
    assert checks.disk(folder, free=1_000_000_000) is None
    assert checks.disk(folder, free=1000) == FULL_DISK


def test_a_full_disk_is_told_from_other_errors():
    assert progress.is_full_disk(OSError(errno.ENOSPC, "x"))
    assert not progress.is_full_disk(OSError(errno.EACCES, "x"))


def test_a_command_that_fills_the_disk_says_so():
    words = [
        sys.executable,
        "-c",
        "print('OSError: [Errno 28] No space left on device'); raise SystemExit(1)",
    ]
    with pytest.raises(Failure, match="disk is full"):
        subprocesses.run(words, log="x", cwd=paths.ROOT)


def test_a_commands_output_is_seen_line_by_line_and_logged():
    seen = []
    assert (
        subprocesses.run(
            [sys.executable, "-c", "print('a'); print('b'); raise SystemExit(3)"],
            log="x",
            line=seen.append,
        )
        == 3
    )
    assert seen == ["a", "b"]
    assert subprocesses.read_log("x").endswith("a\nb\n")


def test_a_command_that_falls_silent_is_ended():
    words = [sys.executable, "-c", "print('a', flush=True); import time; time.sleep(600)"]
    assert subprocesses.run(words, log="x", patience=0.5) != 0
    assert subprocesses.read_log("x").endswith("a\nIt was silent for 0.5 s, and was ended.\n")


def test_a_missing_command_is_one_sentence():
    with pytest.raises(Failure, match="no-such-program is missing: install it"):
        subprocesses.run(["no-such-program"], log="x")


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "There is no file"), (b"<html>", "is not a GGUF file"), (b"", "is not a GGUF file")],
)
def test_a_model_that_is_no_model_is_refused(folder, content, says):
    path = folder / "m.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Failure, match=says):
        checks.model_file(str(path))


def test_a_gguf_file_is_taken(folder):
    (folder / "m.gguf").write_bytes(b"GGUF....")
    assert checks.model_file(str(folder / "m.gguf")) == folder / "m.gguf"


def test_the_provider_is_found_where_a_mirror_lies(folder, monkeypatch):
    monkeypatch.setattr(cli, "MIRRORS", (str(folder / "empty"), str(folder / "mirror")))
    assert cli.find_plugin_dir() is None
    (folder / "mirror/registry.terraform.io/hashicorp/aws").mkdir(parents=True)
    assert cli.find_plugin_dir() == folder / "mirror"
    monkeypatch.setenv("TF_PLUGIN_DIR", str(folder / "mine"))
    assert cli.find_plugin_dir() == folder / "mine"


def test_a_local_run_cannot_reach_somebodys_account(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    env = cli.environment("http://127.0.0.1:4566")
    assert {name: value for name, value in env.items() if name.startswith("AWS_")} == {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    assert cli.environment()["AWS_PROFILE"] == "work"


def test_a_cli_configuration_that_does_not_exist_is_dropped(folder, monkeypatch):
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(folder / "none"))
    assert "TF_CLI_CONFIG_FILE" not in cli.environment()
    (folder / "there").touch()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(folder / "there"))
    assert cli.environment()["TF_CLI_CONFIG_FILE"] == str(folder / "there")


@pytest.mark.parametrize(("length", "stays"), [(65, True), (66, False)])
def test_a_temporary_folder_is_too_long_for_a_providers_socket(monkeypatch, length, stays):
    folder = "/" + (length - 1) * "t"
    monkeypatch.setenv("TMPDIR", folder)
    assert cli.environment()["TMPDIR"] == (folder if stays else "/tmp")


def test_terraforms_report_tells_what_was_done_and_the_first_cause():
    said = []
    report = TerraformReport(said.append)
    done = {
        "type": "apply_complete",
        "hook": {"action": "create", "resource": {"addr": "aws_s3_bucket.this"}},
    }
    error = {
        "type": "diagnostic",
        "diagnostic": {"severity": "error", "summary": "No\n access.", "address": "a.b"},
    }
    for data in (done, error, {"type": "version"}):
        report.line(json.dumps(data))
    report.line("not JSON")
    assert said == ["      created aws_s3_bucket.this"]
    assert report.cause == "No access (a.b)"


@pytest.mark.parametrize(
    "summary",
    [
        "Invalid value for variable",
        "Resource precondition failed",
        "Module output value precondition failed",
    ],
)
def test_a_refusal_of_the_configuration_is_told_in_its_own_words(summary):
    report = TerraformReport(lambda _line: None)
    detail = (
        "x must be more\nthan 0.\n\nThis was checked by the validation rule at variables.tf:1,1-2."
    )
    report.line(
        json.dumps(
            {
                "type": "diagnostic",
                "diagnostic": {"severity": "error", "summary": summary, "detail": detail},
            }
        )
    )
    assert report.cause == "x must be more than 0"


def test_the_instances_of_one_resource_are_one_line():
    said = []
    report = TerraformReport(said.append)
    files = [
        {"action": "create", "resource": {"addr": f'aws_s3_object.file["{name}"]'}} for name in "ab"
    ]
    for change in files:
        report.line(json.dumps({"type": "planned_change", "change": change}))
    for hook in files:
        report.line(json.dumps({"type": "apply_complete", "hook": hook}))
    assert said == ["      created aws_s3_object.file (2)"]


def test_what_takes_long_is_told_of_with_its_seconds():
    said, noted = [], []
    report = TerraformReport(said.append, noted.append)
    resource = {"addr": "module.site.aws_cloudfront_distribution.this[0]"}
    report.line(
        json.dumps({"type": "apply_start", "hook": {"action": "create", "resource": resource}})
    )
    for seconds in (10, 30):
        hook = {"action": "create", "resource": resource, "elapsed_seconds": seconds}
        report.line(json.dumps({"type": "apply_progress", "hook": hook}))
    report.line(
        json.dumps(
            {
                "type": "apply_complete",
                "hook": {"action": "create", "resource": resource, "elapsed_seconds": 31},
            }
        )
    )
    doing = f"creating {resource['addr']}"
    assert noted == [doing, f"{doing} for 10 s", f"{doing} for 30 s", ""]
    assert said == [
        f"      … still {doing} for 30 s",
        "      created module.site.aws_cloudfront_distribution.this, 31 s",
    ]


def test_a_terminal_shows_what_a_step_is_busy_with(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    steps = Steps(1, 0, stream)
    with steps.step("Applying"):
        steps.note("creating a table")
    assert "[1/1] Applying …  creating a table" in stream.getvalue()


def test_what_takes_long_is_shown_with_its_seconds(monkeypatch):
    monkeypatch.setattr(progress, "MOMENT", 0.05)
    monkeypatch.setattr(progress, "REMINDER", 0.05)
    stream = io.StringIO()
    with progress.shown("Fetching", stream) as note:
        until(lambda: "still" in stream.getvalue(), "it is told of again")
        note("not to be had")
    first, second, *_, last = stream.getvalue().splitlines()
    assert first == "Fetching …"
    assert second.startswith("Fetching … still, after ")
    assert last.startswith("Fetching … not to be had after ")


def test_what_fails_late_says_so_and_what_is_quick_says_nothing(monkeypatch):
    stream = io.StringIO()
    with progress.shown("Fetching", stream):
        pass
    assert stream.getvalue() == ""
    monkeypatch.setattr(progress, "MOMENT", 0)
    with pytest.raises(Failure), progress.shown("Fetching", stream):
        raise Failure("why")
    assert stream.getvalue().splitlines()[-1] == "Fetching … failed after 0 s"


def test_steps_are_numbered_and_timed():
    stream = io.StringIO()
    steps = Steps(3, 1, stream)
    with steps.step("Packaging"):
        steps.say("      a line")
    assert stream.getvalue().splitlines() == ["      a line", "[2/3] Packaging … 0.0 s"]


def test_the_first_failure_of_steps_side_by_side_is_raised_and_ends_the_others():
    stream, given_up = io.StringIO(), []

    def fail():
        raise Failure("why")

    with pytest.raises(Failure, match="why"):
        Steps(2, 0, stream).together(
            {"A": fail, "B": lambda: None}, give_up=lambda: given_up.append(1)
        )
    assert given_up == [1]
    assert "A … failed after 0.0 s" in stream.getvalue()


@pytest.mark.parametrize("name", ["ana", "João da Silva", "a", "x" * 40, "O'Neil", "ana_2", "J.R."])
def test_a_guests_name_is_taken(name):
    assert guests.guest_name(name) == name


@pytest.mark.parametrize("name", ["", " ana", "ana ", "x" * 41, "a/b", "a\nb", "-x", "<b>"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(argparse.ArgumentTypeError):
        guests.guest_name(name)


def test_an_unused_environment_has_no_local_stack(monkeypatch, capsys, folder):
    monkeypatch.setattr(paths, "SETTINGS", folder / "settings.json")
    # It would leave this process one that any closed connection ends.
    monkeypatch.setattr(__main__.signal, "signal", lambda *_: None)
    assert __main__.run("status", ["--env", "local"]) == 1
    assert capsys.readouterr().err == "There is no local stack yet: run make up first.\n"
