"""Terraform as it is found on this machine: the program, its provider, and the environment in which
it runs."""

import os
from pathlib import Path

from scripts.workspace import checks

REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
MIRRORS = (
    "/opt/tf-plugins",
    "~/.terraform.d/plugins",
    "~/Library/Application Support/io.terraform/plugins",
    "/usr/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
)
# Terraform speaks to its provider over a socket below TMPDIR, whose path may have 103 bytes on
# macOS (sun_path in sys/un.h; 107 on Linux).
LONGEST_TMPDIR = 103 - len("/plugin-dir4294967295/plugin4294967295")
NO_PROVIDER = (
    "Terraform finds no AWS provider: connect to the internet so that it can download one, or name "
    "a folder that holds registry.terraform.io/hashicorp/aws with TF_PLUGIN_DIR."
)


def binary() -> str:
    """The program: Terraform, or what TF names."""
    return checks.terraform_program()


def find_plugin_dir() -> Path | None:
    """A folder with the AWS provider, for machines that cannot reach the registry. TF_PLUGIN_DIR
    goes first."""
    if named := os.environ.get("TF_PLUGIN_DIR"):
        return Path(named).expanduser()
    folders = (Path(name).expanduser() for name in MIRRORS)
    return next((folder for folder in folders if holds_provider(folder)), None)


def environment(endpoint: str | None = None) -> dict[str, str]:
    """The environment of Terraform and of AWS clients. With `endpoint`, the emulator's address, the
    person's own AWS settings are left out, so that a local run cannot reach an account."""
    env = {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    if not Path(env.get("TF_CLI_CONFIG_FILE", "")).is_file():
        env.pop("TF_CLI_CONFIG_FILE", None)
    if len(os.fsencode(env.get("TMPDIR", ""))) > LONGEST_TMPDIR:
        env["TMPDIR"] = "/tmp"  # noqa: S108 (Terraform makes a folder of its own there)
    if endpoint:
        env = {name: value for name, value in env.items() if not name.startswith("AWS_")}
        env |= {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    return env


def offline(data: Path | str) -> dict[str, str]:
    """The environment of a run that needs no account and heeds none of the person's own settings;
    Terraform keeps what it has in `data`."""
    env = environment() | {"TF_DATA_DIR": str(data)}
    personal = ("AWS_", "TF_VAR_", "TF_CLI_ARGS")
    return {name: value for name, value in env.items() if not name.startswith(personal)}


def mirror_options() -> list[str]:
    """With which `init` finds the provider on this machine."""
    plugins = find_plugin_dir()
    return [f"-plugin-dir={plugins}"] if plugins else []


def holds_provider(folder: Path) -> bool:
    """Whether the AWS provider lies there."""
    return any((folder / registry / "hashicorp" / "aws").is_dir() for registry in REGISTRIES)
