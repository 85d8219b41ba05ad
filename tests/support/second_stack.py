"""A second stack in the emulator of the first, under its own name, with a model that asks IAM for
leave: the emulator's own Bedrock."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.faulty_proxy import FaultyProxy
from tests.support.local_stack import LocalStack, copy_of_the_project

NAME, EMAIL = "drill", "ana@example.com"
TERRAFORM = """
import json, sys
from scripts.workspace.target import StackTarget
from scripts.terraform.driver import TerraformStack
command, endpoint, variables = sys.argv[1:]
stack = TerraformStack(StackTarget.up(endpoint))
stack.init()
if command == "destroy":
    stack.destroy(json.loads(variables))
else:
    stack.plan(json.loads(variables))
    stack.apply()
    stack.drop_plan()
"""


@dataclass
class SecondStack(LocalStack):
    """Made and removed by Terraform itself, as a stack on AWS is."""

    model: FaultyProxy | None = field(default=None, repr=False)

    def terraform(self, command: str) -> None:
        """Has `TerraformStack` apply it or destroy it."""
        emulator = f"http://127.0.0.1:{self.env['PORT']}"
        bedrock = f"http://127.0.0.1:{self.model.port}"
        built = {
            "handler_zip": str(self.folder / "build/handler.zip"),
            "site_dir": str(self.folder / "build/site"),
        }
        addresses = {"emulator": {"url": emulator, "bedrock_url": bedrock}, "alert_email": EMAIL}
        variables = json.dumps({"stack": NAME, **addresses, **built})
        words = [
            str(self.folder / ".venv/bin/python"),
            "-c",
            TERRAFORM,
            command,
            emulator,
            variables,
        ]
        run = subprocess.run(
            words, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=300
        )
        assert run.returncode == 0, run.stderr


@contextmanager
def second_stack(first: LocalStack, folder: Path) -> Iterator[SecondStack]:
    """Applied; whoever asked for it destroys it."""
    copy_of_the_project(folder)
    shutil.copytree(first.folder / "build", folder / "build", dirs_exist_ok=True)
    (folder / ".local").mkdir()
    (folder / ".local/settings.json").write_text(json.dumps({"emulator": int(first.env["PORT"])}))
    with FaultyProxy(int(first.env["PORT"])) as model:
        stack = SecondStack(folder, first.env, model=model)
        try:
            stack.terraform("apply")
            yield stack
        finally:
            model.shutdown()
