"""The configuration is formatted, valid, and what its own tests want; the lock file fits a plain
`terraform init`."""

import re

from tests.infra.conftest import CONFIGURATION


def test_everything_is_formatted(run_terraform):
    done = run_terraform("fmt", "-check", "-recursive", "-diff")
    assert (done.returncode, done.stdout) == (0, "")


def test_configuration_is_valid(run_terraform):
    done = run_terraform("validate", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr


def test_terraforms_own_tests_pass(tested):
    assert tested.complaints == []
    assert set(tested.results.values()) == {"pass"}
    assert tested.returncode == 0


def test_every_test_file_was_run(tested):
    files = {path.name for path in (CONFIGURATION / "tests").glob("*.tftest.hcl")}
    assert {name.split(" ")[0] for name in tested.results} == files


def test_lock_file_has_the_release_for_every_platform():
    lock = (CONFIGURATION / ".terraform.lock.hcl").read_text()
    assert re.findall(r'(?:version|constraints) += "(.+)"', lock) == ["5.100.0", "5.100.0"]
    assert len(re.findall(r'"zh:[0-9a-f]{64}"', lock)) == 15


def test_nothing_of_a_run_is_left_beside_the_configuration(tested):
    left = [
        path.name
        for path in CONFIGURATION.rglob("*")
        if path.name == ".terraform" or ".tfstate" in path.name
    ]
    assert left == []


def test_the_emulator_enters_through_one_file():
    readers = {
        path.relative_to(CONFIGURATION).as_posix()
        for path in CONFIGURATION.rglob("*.tf")
        if "var.emulator" in re.sub(r"#.*", "", path.read_text())
    }
    # variables.tf names it in its own validation.
    assert readers == {"addresses.tf", "variables.tf"}
