"""The configuration is formatted, valid, and what its own tests want; the lock file fits a plain
`terraform init`."""

import re
import subprocess

from tests.support.terraform_tests import CONFIGURATION, command


def test_everything_is_formatted(tmp_path):
    words, env = command(tmp_path, "fmt", "-check", "-recursive", "-diff")
    done = subprocess.run(words, cwd=CONFIGURATION, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_terraforms_own_tests_pass(tested):
    assert tested.complaints == []
    assert set(tested.results.values()) == {"pass"}


def test_every_test_file_was_run(tested):
    files = {path.name for path in (CONFIGURATION / "tests").glob("*.tftest.hcl")}
    assert {name.split(" ")[0] for name in tested.results} == files


def test_every_run_of_a_test_file_was_run(tested):
    runs = {
        f"{path.name} {run}"
        for path in (CONFIGURATION / "tests").glob("*.tftest.hcl")
        for run in re.findall(r'^run "(\w+)"', path.read_text(), re.MULTILINE)
    }
    assert runs == tested.results.keys()


def test_the_stack_refuses_a_value_of_each_variable_that_refuses_any(tested):
    """What is tested on the variables alone holds for the stack."""
    checked = {
        name
        for path in CONFIGURATION.glob("*.tf")
        for name, block in re.findall(
            r'^variable "(\w+)" (.*?)^}', path.read_text(), re.MULTILINE | re.DOTALL
        )
        if "validation {" in block
    }
    # Where it is refused itself, nothing is compared with it.
    checked.remove("monthly_limit_usd")
    (refused,) = re.findall(
        r"^  expect_failures = \[\n(.*?)^  \]",
        (CONFIGURATION / "tests" / "stack.tftest.hcl").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    assert set(re.findall(r"var\.(\w+)", refused)) == checked


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
