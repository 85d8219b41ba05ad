"""Where a stack's state lies: in a file of this machine, or in a bucket of the account, where
several machines share it.

python -m scripts.commands.state_bucket to-bucket|to-local --env aws [--stack NAME] [--yes]"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from scripts.console import prompts
from scripts.console.progress import Failure
from scripts.stack.state_bucket import Bucket
from scripts.terraform.driver import TerraformStack
from scripts.workspace import paths
from scripts.workspace.target import StackTarget, write_privately

OVERRIDE = "backend_override.tf"


def main(arguments: list[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("to", choices=("to-bucket", "to-local"))
    prompts.add_to(parser)
    options = parser.parse_args(arguments)
    work, name = (
        (to_bucket, "state-bucket") if options.to == "to-bucket" else (to_local, "state-local")
    )
    return prompts.guarded(lambda: work(options), f"make {name}{prompts.words(options)}")


def of(target: StackTarget) -> str | None:
    """The bucket that has the stack's state; None when this machine has it."""
    if not target.in_bucket:
        return None
    return json.loads((target.folder / "bucket.json").read_text())["bucket"]


def to_bucket(options: argparse.Namespace) -> None:
    """Moves the state into the bucket, or takes the one that is there. Raises Failure, and the
    state is where it was."""
    wanted, target = prompts.found(options)
    if target.in_bucket:
        return _say(f"The state of {target.stack} is in {of(target)} already.")
    if target.state.with_name(f".{target.state.name}.lock.info").exists():
        raise Failure(
            f"Another run is changing this stack: wait until it has ended, then run make state-bucket{target.words} again."
        )
    bucket = Bucket.of(target, wanted.region)
    bucket.make()
    target.make()
    try:
        _point(target, bucket)
        _move_in(target, bucket)
    except BaseException:
        _point_back(target)
        raise
    return _say(
        f"The state of {target.stack} is in the bucket {bucket.name} ({bucket.region}), versioned and locked while somebody changes it."
    )


def to_local(options: argparse.Namespace) -> None:
    """Moves the state back to this machine, and asks about an empty bucket. Raises Failure."""
    wanted, target = prompts.found(options)
    bucket = Bucket.of(target, wanted.region)
    if target.in_bucket:
        stack = TerraformStack(target)
        stack.init()
        if state := stack.pull():
            write_privately(target.state, json.dumps(state, indent=2))
        _point_back(target)
        bucket.drop(_key(target))
        _say(f"The state of {target.stack} is in {target.state}.")
    else:
        _say(f"The state of {target.stack} is on this machine already.")
    if left := bucket.states():
        return _say(
            f"The bucket {bucket.name} stays: it has the states of {', '.join(sorted({key.split('/')[0] for key in left}))}."
        )
    if not prompts.agreed(
        options.yes, f"The bucket {bucket.name} holds no state but old versions. Remove it? [y/N] "
    ):
        return _say(
            f"The bucket {bucket.name} stays; to remove it: make state-local{target.words} YES=1"
        )
    bucket.remove()
    return _say(f"The bucket {bucket.name} is gone.")


def _move_in(target: StackTarget, bucket: Bucket) -> None:
    stack = TerraformStack(target)
    stack.init()
    there = stack.pull()
    if not target.state.exists():
        return
    here = json.loads(target.state.read_text())
    is_empty = not there.get("resources")
    if not is_empty and there["lineage"] != here["lineage"]:
        raise Failure(
            f"{bucket.name} has a state of another stack named {target.stack}, so nothing was moved: "
            f"if that is the true one, move {target.state} away; else name this stack otherwise."
        )
    if is_empty or there["serial"] < here["serial"]:
        stack.push(target.state)
    if stack.pull()["resources"] != here["resources"]:
        raise Failure(
            f"The state in {bucket.name} is not the one that was sent, so {target.state} stays: run make state-bucket{target.words} again."
        )
    target.state.rename(target.folder / "terraform.tfstate.moved")


def _point(target: StackTarget, bucket: Bucket) -> None:
    """The project's own configuration, but for the one block that says where the state is."""
    root = target.folder / "terraform"
    root.mkdir(exist_ok=True)
    for source in [
        *paths.TERRAFORM.glob("*.tf"),
        paths.TERRAFORM / "modules",
        paths.TERRAFORM / ".terraform.lock.hcl",
    ]:
        _link(root / source.name, source)
    _link(
        target.folder / "handler", paths.ROOT / "handler"
    )  # models.tf reads its table of prices beside the root
    (root / OVERRIDE).write_text(_backend(target, bucket))
    (target.folder / "bucket.json").write_text(
        json.dumps({"bucket": bucket.name, "region": bucket.region})
    )
    _forget_backend(target)


def _point_back(target: StackTarget) -> None:
    shutil.rmtree(target.folder / "terraform", ignore_errors=True)
    for name in ("handler", "bucket.json"):
        (target.folder / name).unlink(missing_ok=True)
    _forget_backend(target)


def _forget_backend(target: StackTarget) -> None:
    for name in ("terraform.tfstate", "initialised"):
        (target.data / name).unlink(missing_ok=True)


def _link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _key(target: StackTarget) -> str:
    return f"{target.stack}/terraform.tfstate"


def _backend(target: StackTarget, bucket: Bucket) -> str:
    settings = {
        "bucket": bucket.name,
        "key": _key(target),
        "region": bucket.region,
        "encrypt": True,
        "use_lockfile": True,
    }
    if target.is_local:
        skipped = (
            "use_path_style",
            "skip_credentials_validation",
            "skip_requesting_account_id",
            "skip_metadata_api_check",
        )
        settings |= dict.fromkeys(skipped, True)
    lines = "\n".join(f"    {name} = {json.dumps(value)}" for name, value in settings.items())
    return f'# Written by make state-bucket.\nterraform {{\n  backend "s3" {{\n{lines}\n  }}\n}}\n'


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
