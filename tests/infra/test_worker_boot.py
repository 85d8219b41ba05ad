"""What a worker's machine is told at its start: well-formed, small enough, and run as far as it
goes without AWS and a network."""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime

import pytest

from scripts.workspace import package, paths
from tests.support.booted_machine import INSTANCE, BootedMachine, cloud_config
from tests.support.terraform_tests import CONFIGURATION, ROOT

FILES = CONFIGURATION / "modules/worker/lease/files"
SHA256 = hashlib.sha256(b"Hello, model").hexdigest()
LIMIT_BYTES = 16_384


def in_utc(seconds: float) -> str:
    """That many seconds from now."""
    return datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def config(tested) -> str:
    return cloud_config(tested)


@pytest.fixture
def machine(config, tmp_path) -> BootedMachine:
    """With two hours left, and a model of a dozen bytes."""
    return BootedMachine.made(tmp_path, config, LEASE_UNTIL=in_utc(7200), MODEL_SHA256=SHA256)


def test_the_scripts_have_no_fault_that_shellcheck_finds():
    program = paths.VENV / "bin/shellcheck"
    scripts = sorted(FILES.glob("*.sh"))
    assert len(scripts) == 3
    done = subprocess.run(
        [program, "--external-sources", f"--source-path={FILES}", *scripts],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_cloud_init_knows_every_key(config):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "tests/support/recorded/cloud-config.schema.json").read_text())
    assert config.startswith("#cloud-config\n")
    jsonschema.Draft4Validator(schema).validate(json.loads(config.split("\n", 1)[1]))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate({"write_files": [{"content": "a"}]})


def test_with_the_workers_own_code_it_fits_into_what_ec2_takes(config, tmp_path):
    package.build_worker(ROOT, tmp_path / "worker")
    told = json.loads(config.split("\n", 1)[1])
    others = [
        file for file in told["write_files"] if not re.search(r"/code/|requirements", file["path"])
    ]
    built = sorted(path for path in (tmp_path / "worker").rglob("*") if path.is_file())
    own = [
        {
            "path": f"/opt/forever-us/code/{path.relative_to(tmp_path / 'worker')}",
            "content": path.read_text(),
            "permissions": "0644",
        }
        for path in built
    ]
    whole = gzip.compress(json.dumps(told | {"write_files": others + own}).encode())
    print(f"user-data: {len(whole)} of {LIMIT_BYTES} bytes")
    assert len(whole) <= LIMIT_BYTES


def test_the_workers_code_runs_from_what_is_packed_alone(tmp_path):
    package.build_worker(ROOT, tmp_path / "worker")
    words = [paths.PYTHON, "-m", "scripts.worker"]
    run = subprocess.run(
        words,
        cwd=tmp_path / "worker",
        env={"TABLE_NAME": "chat"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 1
    assert "QUEUE_URL" in run.stdout + run.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_takes_the_workers_unit_and_powers_off_when_it_ends(tmp_path):
    text = (FILES / "forever-us-worker.service").read_text()
    for action in ("SuccessAction", "FailureAction", "StartLimitAction"):
        assert f"\n{action}=poweroff\n" in text
    # Its programs are not on this machine.
    unit = tmp_path / "forever-us-worker.service"
    unit.write_text(re.sub(r"(Exec\w+=\+?)/\S+", r"\1/bin/true", text))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True
    )
    assert "forever-us-worker" not in done.stdout + done.stderr, done.stderr


def test_the_timer_is_set_first_and_to_the_end_of_the_lease(machine):
    assert machine.boot().returncode == 0
    assert machine.calls[0] in [f"shutdown -h +{minutes}" for minutes in range(115, 121)]


@pytest.mark.parametrize("left", [-3600, 0, 59])
def test_a_lease_that_is_over_leaves_a_minute(config, tmp_path, left):
    machine = BootedMachine.made(tmp_path, config, LEASE_UNTIL=in_utc(left), MODEL_SHA256=SHA256)
    machine.run(f". {machine.home}/boot.sh; set_timer")
    assert machine.calls == ["shutdown -h +1"]


def test_a_whole_start_tells_each_step_and_starts_the_worker(machine):
    run = machine.boot()
    assert run.returncode == 0, run.stderr
    assert machine.logged == [
        "starting",
        "installing Python",
        "downloading the model",
        "loading the model",
    ]
    states = [item["state"] for item in machine.presence]
    assert list(dict.fromkeys(states)) == ["booting", "downloading", "loading"]
    assert machine.called("systemctl") == [
        "systemctl daemon-reload",
        "systemctl start --no-block forever-us-worker.service",
    ]
    assert (machine.folder / "models/a.gguf").read_bytes() == b"Hello, model"
    assert machine.called("shutdown")[1:] == []


def test_presence_is_what_was_agreed_upon(machine):
    machine.run(f". {machine.home}/report.sh; present downloading 41 'it\"s\n42 \\\\'")
    (item,) = machine.presence
    now = time.time()
    for name, seconds in {"beat": 0, "until": 7200, "ttl": 3600}.items():
        assert abs(int(item.pop(name)) - now - seconds) < 300, name
    assert item == {
        "pk": "MAILBOX#WORKERS",
        "sk": INSTANCE,
        "state": "downloading",
        "percent": "41",
        "detail": "its",
        "model": "a.gguf",
        "busy": "0",
        "slots": "0",
    }


def test_the_worker_is_told_its_environment(machine):
    assert machine.boot().returncode == 0
    told = dict(
        line.split("=", 1) for line in (machine.home / "environment").read_text().splitlines()
    )
    assert abs(int(told.pop("UNTIL")) - time.time() - 7200) < 300
    assert told == {
        "TABLE_NAME": "chat",
        "QUEUE_URL": "https://sqs.sa-east-1.amazonaws.com/123456789012/chat-jobs",
        "AWS_REGION": "sa-east-1",
        "WORKER_ID": INSTANCE,
        "MODEL_FILE": str(machine.folder / "models/a.gguf"),
        "IDLE_SECONDS": "1200",
        "SLOTS": "2",
        "EC2": "1",
    }


FAULTS = {
    "no packages": (
        "dnf",
        "echo 'No match for python' >&2; exit 1",
        "installing Python did not work: No match for python",
    ),
    "a wrong hash": (
        "pip",
        "echo 'THESE PACKAGES DO NOT MATCH' >&2; exit 1",
        "installing Python did not work: THESE PACKAGES",
    ),
    "no unit": (
        "systemctl",
        "echo 'Unit not found' >&2; exit 5",
        "loading the model did not work: Unit not found",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_step_that_fails_is_reported_and_the_machine_goes(machine, fault):
    program, does, said = FAULTS[fault]
    machine.stand_in(program, does)
    assert machine.boot().returncode != 0
    gone(machine, said)


def test_a_model_that_is_not_there_is_tried_again_then_reported(machine):
    answers = (
        (machine.folder / "bin/curl")
        .read_text()
        .replace("printf 'Hello, model' >\"$2\"", "echo '404' >&2; exit 22")
    )
    (machine.folder / "bin/curl").write_text(answers)
    assert machine.boot().returncode != 0
    assert len([call for call in machine.called("curl") if "--output" in call]) == 8
    gone(machine, "downloading the model did not work: 404")


def test_a_download_that_broke_off_goes_on(machine):
    once = machine.folder / "once"
    broken = (
        f'[ -e {once} ] && printf \', model\' >>"$2" || {{ printf Hello >"$2"; touch {once}; '
        f"exit 18; }}"
    )
    curl = machine.folder / "bin/curl"
    curl.write_text(curl.read_text().replace("printf 'Hello, model' >\"$2\"", broken))
    run = machine.boot()
    assert run.returncode == 0, run.stderr
    assert all("--continue-at -" in call for call in machine.called("curl") if "--output" in call)


def test_a_model_that_somebody_exchanged_is_not_run(config, tmp_path):
    machine = BootedMachine.made(tmp_path, config, LEASE_UNTIL=in_utc(7200), MODEL_SHA256="0" * 64)
    assert machine.boot().returncode != 0
    gone(machine, "checking the model did not work: ")
    assert not machine.called("systemctl")


def test_a_failure_that_cannot_be_reported_still_ends_the_machine(machine):
    machine.stand_in("aws", "exit 255")
    machine.stand_in("dnf", "exit 1")
    assert machine.boot().returncode != 0
    assert machine.calls[-1] == "shutdown -h now"


def test_a_worker_that_died_leaves_its_last_words(machine):
    machine.run(f"bash {machine.home}/stopped.sh", SERVICE_RESULT="exit-code")
    assert machine.logged == ["MemoryError: no room for the model"]
    assert machine.presence[-1]["state"] == "failed"
    assert (
        machine.presence[-1]["detail"]
        == "the worker ended (exit-code): MemoryError: no room for the model"
    )


def test_a_worker_that_ended_as_it_should_has_said_so_itself(machine):
    machine.run(f"bash {machine.home}/stopped.sh", SERVICE_RESULT="success")
    assert not (machine.folder / "calls").exists()


def gone(machine: BootedMachine, said: str) -> None:
    """The owner reads why, in both places, and the machine is shut down, which terminates it."""
    assert machine.presence[-1]["state"] == "failed"
    assert machine.presence[-1]["detail"].startswith(said)
    assert machine.logged[-1].startswith(f"failed: {said}")
    assert machine.calls[-1] == "shutdown -h now"
