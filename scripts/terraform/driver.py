"""Drives Terraform for one stack, through python-terraform: plan, apply the plan, destroy, read
what came of it."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from python_terraform import IsFlagged, Terraform

from scripts.console.progress import Failure, say
from scripts.terraform import cli, diagnosis
from scripts.terraform.events import TerraformReport
from scripts.workspace import paths, subprocesses
from scripts.workspace.target import StackTarget, write_privately

STOPPING = (
    "      Stopping: Terraform finishes what it has begun and writes down what there is "
    "(Ctrl-C again breaks off what is under way)."
)
RESTORED = (
    "      The last run was killed while it wrote Terraform's state, so the state before it is "
    "taken. make verify-gone lists what else that run may have made."
)
# The variables of the last apply, which a destroy goes by.
APPLIED = "applied.tfvars.json"
# The cached outputs, with the digest of the state that they belong to.
OUTPUTS = "outputs.json"
# By which `make up` knows that nothing has changed since its last apply.
UP_STAMP = "applied"
FLAGS = {"json", "no_color", "auto_approve", "reconfigure", "destroy", "force"}
# Those that read or write the state, and take its place as an option.
STATEFUL = {"plan", "apply", "output", "state list"}


class TerraformStack:
    """One stack's Terraform, on behalf of the Make target `command`. `say` gets a line for each
    thing created, changed or removed, `note` what is going on just now."""

    def __init__(
        self,
        target: StackTarget,
        *,
        command: str = "deploy",
        say: Callable[[str], None] = say,
        note: Callable[[str], None] = lambda _text: None,
    ):
        self.target = target
        self._command = command
        self._say = say
        self._note = note
        self._env = cli.environment(target.endpoint) | {"TF_DATA_DIR": str(target.data)}
        self._words = Terraform(
            working_dir=str(target.root), terraform_bin_path=cli.binary()
        ).generate_cmd_string

    def init(self) -> None:
        """Installs the provider and the modules; done again only when the configuration has
        changed. Raises Failure."""
        stamp = self.target.data / "initialised"
        if stamp.exists() and stamp.read_text() == self.digest():
            return
        plugins = cli.find_plugin_dir()
        options = {"input": False, "no_color": True, "plugin_dir": plugins and str(plugins)}
        if self.target.in_bucket:
            options["reconfigure"] = True
        said: list[str] = []
        if self._run("init", options, line=said.append):
            raise Failure(diagnosis.of_init(said, plugins, self.log))
        stamp.write_text(self.digest())  # init may have written the lock file

    def plan(self, variables: dict) -> dict:
        """Saves the plan for `apply_plan`; returns it as Terraform's JSON. Raises Failure."""
        options = {"var_file": self._given(variables), "out": str(self._plan)}
        self._carry_out("plan", options)
        self._plan.chmod(0o600)
        return json.loads(self._read("show", str(self._plan)))

    def apply_plan(self) -> None:
        """Carries out exactly the plan that was saved last. Raises Failure that names what failed,
        why and what to do."""
        self._record_applied()
        self._carry_out("apply", {}, str(self._plan))

    def apply(self, variables: dict, *, targets: list[str] | None = None) -> None:
        """Brings everything, or `targets` and what they need, to what the configuration says,
        without a plan that somebody sees first. Raises Failure as `apply_plan` does."""
        self._given(variables)
        self._record_applied()
        given = str(self.target.folder / APPLIED)
        self._carry_out("apply", {"auto_approve": True, "var_file": given, "target": targets})

    def destroy(self, variables: dict) -> None:
        """Removes everything of the stack, in a second run where what failed was transient. Raises
        Failure as `apply_plan` does."""
        (self.target.folder / UP_STAMP).unlink(missing_ok=True)
        options = {"destroy": True, "auto_approve": True, "var_file": self._given(variables)}
        try:
            report = self._carry_out("apply", options, tolerated=diagnosis.is_transient)
            if report.errors:
                self._say(f"      … {report.cause}: that passes, so once more")
                self._carry_out("apply", options)
        finally:
            self.drop_plan()

    def drop_plan(self) -> None:
        """Forgets the plan that was saved last."""
        for path in (self._plan, self._variables):
            path.unlink(missing_ok=True)

    def outputs(self) -> dict:
        """The stack's outputs by name; empty when there is no stack. Where the state is on this
        machine they are cached until it changes: Terraform takes most of a second to read them."""
        if self.target.in_bucket or not self.target.state.is_file():
            return self._outputs()
        cache = self.target.folder / OUTPUTS
        digest = hashlib.sha256(self.target.state.read_bytes()).hexdigest()
        with suppress(FileNotFoundError, ValueError):
            cached = json.loads(cache.read_text())
            if cached["state"] == digest:
                return cached["outputs"]
        if outputs := self._outputs():
            write_privately(cache, json.dumps({"state": digest, "outputs": outputs}))
        return outputs

    def _outputs(self) -> dict:
        try:
            said = self._read("output")
        except Failure:
            return {}
        found = json.loads(said[said.index("{") :] if "{" in said else "{}")
        return {name: output["value"] for name, output in found.items()}

    def applied(self) -> dict:
        """The variables of the last apply; empty when this machine has not seen one."""
        try:
            return json.loads((self.target.folder / APPLIED).read_text())
        except (FileNotFoundError, ValueError):
            return {}

    def resources(self) -> list[str]:
        """The addresses of what Terraform knows of."""
        try:
            return self._lines("state list", {})
        except Failure:
            return []

    def pull(self) -> dict:
        """The state in its bucket; without resources when there is none."""
        said = "\n".join(self._lines("state pull", {}))
        return json.loads(said) if said.strip() else {}

    def push(self, state: Path) -> None:
        """Puts a state in the place of an older or empty one, whose lineage is then of no meaning.
        Raises Failure."""
        options = {} if self.pull().get("resources") else {"force": True}
        self._lines("state push", options, str(state))

    def forget(self) -> None:
        """Drops the state: what it describes is gone."""
        for name in ("terraform.tfstate*", UP_STAMP, OUTPUTS):
            for path in self.target.folder.glob(name):
                path.unlink(missing_ok=True)

    def digest(self, *more: str) -> str:
        """Changes with the configuration, with `more` that goes into it, and with the program."""
        files = [
            *paths.TERRAFORM.rglob("*.tf"),
            *paths.TERRAFORM.glob(".terraform.lock.hcl"),
            *self.target.folder.glob("terraform/*.tf"),
        ]
        texts = [f"{file}\n{file.read_text()}" for file in sorted(files)]
        parts = [cli.binary(), str(cli.find_plugin_dir()), *texts, *more]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _restore_state(self) -> None:
        """Goes back to the backup, which has the state before the last run, where that was killed
        between emptying the state's file and writing to it."""
        state = self.target.state
        backup = state.with_name(f"{state.name}.backup")
        if not state.is_file() or _is_json(state) or not _is_json(backup):
            return
        with state.open("r+") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as Terraform locks it
            except OSError:
                return  # another run is writing it
            file.truncate()
            file.write(backup.read_text())
        self._say(RESTORED)

    @property
    def log(self) -> Path:
        """All that Terraform said."""
        return self.target.log("terraform")

    @property
    def _plan(self) -> Path:
        # Its own for each process: two people may plan at once, and each applies what they saw.
        return self.target.folder / f"{os.getpid()}.tfplan"

    @property
    def _variables(self) -> Path:
        return self.target.folder / f"{os.getpid()}.tfvars.json"

    def _record_applied(self) -> None:
        """Before the first change, so that a destroy goes by what was tried last."""
        self._variables.replace(self.target.folder / APPLIED)
        (self.target.folder / UP_STAMP).unlink(missing_ok=True)

    def _given(self, variables: dict) -> str:
        self.target.make()
        self._variables.write_text(json.dumps(variables, indent=2))
        return str(self._variables)

    def _carry_out(
        self,
        command: str,
        options: dict,
        *files: str,
        tolerated: Callable[[TerraformReport], bool] = lambda _: False,
    ) -> TerraformReport:
        """What Terraform reported. Raises Failure for errors that are not `tolerated`."""
        report = TerraformReport(self._say, self._note)
        options = {"input": False, "json": True, **options}
        try:
            code = self._run(command, options, *files, line=report.line)
        finally:
            self._note("")
        if code and not tolerated(report):
            raise Failure(diagnosis.sentence(report, self.log, self.target, self._command))
        return report

    def _read(self, command: str, *files: str) -> str:
        return "\n".join(self._lines(command, {"json": True, "no_color": True}, *files))

    def _lines(self, command: str, options: dict, *files: str) -> list[str]:
        """What a command prints, which goes into no log. Raises Failure."""
        said: list[str] = []
        if self._run(command, options, *files, line=said.append, log=Path(os.devnull)):
            reason = " ".join(" ".join(said).split())[:300]
            raise Failure(f"Terraform could not do “{command}”: {reason}")
        return said

    def _run(
        self,
        command: str,
        options: Mapping,
        *files: str,
        line: Callable[[str], None],
        log: Path | None = None,
    ) -> int:
        if command in STATEFUL and not self.target.in_bucket:
            self._restore_state()
            options = {"state": str(self.target.state), **options}
        given = {name: IsFlagged if name in FLAGS else value for name, value in options.items()}
        return subprocesses.run(
            self._words(command, *files, **given),
            log=log or self.log,
            env=self._env,
            cwd=self.target.root,
            line=line,
            gently=lambda: self._say(STOPPING),
        )


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return False
    return True
