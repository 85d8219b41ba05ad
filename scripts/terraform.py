"""Drives Terraform for one stack: the local one or the one on AWS."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from scripts import commands, layout
from scripts.progress import Failure
from scripts.terraform_report import Report

REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
MIRRORS = (
    "/opt/tf-plugins",
    "~/.terraform.d/plugins",
    "~/Library/Application Support/io.terraform/plugins",
    "/usr/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
)
NO_PROVIDER = (
    "Terraform finds no AWS provider: connect to the internet so that it can download one, or name a folder that "
    "holds registry.terraform.io/hashicorp/aws with TF_PLUGIN_DIR."
)


def binary() -> str:
    """The program: Terraform, or what TF names."""
    return os.environ.get("TF") or "terraform"


def find_plugin_dir() -> Path | None:
    """A folder with the AWS provider, for machines that cannot reach the registry. TF_PLUGIN_DIR goes first."""
    if named := os.environ.get("TF_PLUGIN_DIR"):
        return Path(named).expanduser()
    folders = (Path(name).expanduser() for name in MIRRORS)
    return next((folder for folder in folders if _holds_provider(folder)), None)


def environment(endpoint: str | None = None) -> dict[str, str]:
    """The environment of Terraform and of AWS clients. With `endpoint`, the emulator's address, the person's own AWS
    settings are left out, so that a local run cannot reach an account."""
    env = {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    if not Path(env.get("TF_CLI_CONFIG_FILE", "")).is_file():
        env.pop("TF_CLI_CONFIG_FILE", None)
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
    """The environment of a run that needs no account and heeds none of the person's own settings; Terraform keeps what it has in `data`."""
    env = environment() | {"TF_DATA_DIR": str(data)}
    return {name: value for name, value in env.items() if not name.startswith(("AWS_", "TF_VAR_", "TF_CLI_ARGS"))}


def mirror_options() -> list[str]:
    """What `init` must be told so that it finds the provider on this machine."""
    plugins = find_plugin_dir()
    return [f"-plugin-dir={plugins}"] if plugins else []


class Stack:
    """One stack's Terraform: `env` is "local" or "aws". `say` gets a line for each thing created, changed or removed."""

    def __init__(self, env: str, *, endpoint: str | None = None, say: Callable[[str], None] = lambda _line: None):
        from python_terraform import Terraform

        self._local = env == "local"
        self._env, self._say = environment(endpoint), say
        self._folder = layout.TERRAFORM_LOCAL if self._local else layout.TERRAFORM
        self._env["TF_DATA_DIR"] = str(self._folder / ("data" if self._local else ".terraform"))
        self._log = f"terraform-{env}"
        self._words = Terraform(working_dir=str(layout.TERRAFORM), terraform_bin_path=binary()).generate_cmd_string

    @property
    def state(self) -> Path:
        """The local stack's state file; the state of a stack on AWS is where its backend has it."""
        return self._folder / "terraform.tfstate"

    def init(self) -> None:
        """Installs the provider and the modules; done again only when the configuration has changed."""
        stamp = Path(self._env["TF_DATA_DIR"]) / "initialised"
        if stamp.exists() and stamp.read_text() == self._digest():
            return
        plugins = find_plugin_dir()
        said = []
        options = {"input": False, "no_color": True, "plugin_dir": str(plugins) if plugins else None}
        if self._run("init", options, line=said.append):
            raise Failure(self._init_cause(said, plugins))
        stamp.write_text(self._digest())  # init may have written the lock file

    def apply(self, variables: dict, built: tuple[Path, ...] = ()) -> None:
        """Makes the stack what the configuration says. The local one is left alone when it and the `built` folders are
        what they were: planning alone takes Terraform ten seconds, and nobody else changes the emulator."""
        stamp, digest = self._folder / "applied", self._digest(json.dumps(variables), *_contents(built))
        if self._local and stamp.exists() and stamp.read_text() == digest:
            return
        stamp.unlink(missing_ok=True)
        self._change("apply", variables)
        if self._local:
            stamp.write_text(digest)

    def destroy(self, variables: dict) -> None:
        """Removes everything of the stack."""
        self._change("destroy", variables)

    def plan(self, variables: dict) -> bool:
        """Whether anything would change."""
        return self._change("plan", variables) == 2

    def outputs(self) -> dict:
        """The stack's outputs by name; empty when there is no stack."""
        said = []
        options = {"json": True, "no_color": True}
        if self._run("output", options, line=said.append, quiet=True):
            return {}
        found = json.loads("\n".join(line for line in said[said.index("{") :]) if "{" in said else "{}")
        return {name: output["value"] for name, output in found.items()}

    def forget(self) -> None:
        """Drops the local stack's state: what it describes is gone."""
        for path in self._folder.glob("terraform.tfstate*"):
            path.unlink()
        (self._folder / "applied").unlink(missing_ok=True)

    def _change(self, command: str, variables: dict) -> int:
        folder = self._folder if self._local else Path(self._env["TF_DATA_DIR"])  # neither is ever committed
        folder.mkdir(parents=True, exist_ok=True)
        given = folder / "stack.tfvars.json"
        given.write_text(json.dumps(variables, indent=2))
        options = {"input": False, "json": True, "var_file": str(given)}
        options |= {"detailed_exitcode": True} if command == "plan" else {"auto_approve": True}
        report = Report(self._say)
        code = self._run(command, options, line=report.line)
        if code not in ((0, 2) if command == "plan" else (0,)):
            raise Failure(f"Terraform could not {command} the stack: {report.cause}; details are in {self._log_path}.")
        return code

    def _run(self, command: str, options: dict, *, line: Callable[[str], None], quiet: bool = False) -> int:
        from python_terraform import IsFlagged

        flags = {"json", "no_color", "auto_approve", "detailed_exitcode"}
        if self._local and command != "init":
            options = {"state": str(self.state), **options}
        words = self._words(command, **{k: IsFlagged if k in flags else v for k, v in options.items()})
        log = f"{self._log}-read" if quiet else self._log
        return commands.run(words, log=log, env=self._env, cwd=layout.TERRAFORM, line=line)

    def _init_cause(self, said: list[str], plugins: Path | None) -> str:
        text = " ".join(" ".join(said).split())
        if plugins and not _holds_provider(plugins):
            return f"{plugins} holds no AWS provider: name a folder that holds registry.terraform.io/hashicorp/aws with TF_PLUGIN_DIR."
        if "provider" in text and any(word in text for word in ("query", "registry", "retriev", "download")):
            return f"{NO_PROVIDER[:-1]}; details are in {self._log_path}."
        return f"Terraform could not prepare the configuration; details are in {self._log_path}."

    @property
    def _log_path(self) -> Path:
        return commands.log_path(self._log)

    def _digest(self, *more: str) -> str:
        files = sorted([*layout.TERRAFORM.rglob("*.tf"), *layout.TERRAFORM.glob(".terraform.lock.hcl")])
        parts = [binary(), str(find_plugin_dir()), *(f"{file}\n{file.read_text()}" for file in files), *more]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _contents(folders: tuple[Path, ...]) -> list[str]:
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    return [f"{file} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]


def _holds_provider(folder: Path) -> bool:
    return any((folder / registry / "hashicorp" / "aws").is_dir() for registry in REGISTRIES)
