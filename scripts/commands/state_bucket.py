"""Moves Terraform's state into a bucket of the account, or back to this machine."""

from argparse import Namespace

from scripts.console import prompts
from scripts.console.arguments import YES
from scripts.console.progress import say
from scripts.stack import state_bucket
from scripts.stack.state_bucket import Bucket
from scripts.workspace.settings import OwnerSettings
from scripts.workspace.target import StackTarget

ARGUMENTS = {"state-local": (YES,)}


def to_bucket(_options: Namespace, wanted: OwnerSettings, target: StackTarget) -> None:
    """Raises Failure, and the state is where it was."""
    if target.in_bucket:
        return say(f"The state of {target.stack} is in {state_bucket.of(target)} already.")
    bucket = Bucket.of(target, wanted.region)
    state_bucket.move_in(target, bucket)
    return say(
        f"The state of {target.stack} is in the bucket {bucket.name} ({bucket.region}), versioned "
        "and locked while somebody changes it."
    )


def to_local(options: Namespace, wanted: OwnerSettings, target: StackTarget) -> None:
    """Moves the state, and offers to remove an empty bucket. Raises Failure."""
    bucket = Bucket.of(target, wanted.region)
    if target.in_bucket:
        state_bucket.move_out(target, bucket)
        say(f"The state of {target.stack} is in {target.state}.")
    else:
        say(f"The state of {target.stack} is on this machine already.")
    if left := bucket.states():
        others = ", ".join(sorted({key.split("/")[0] for key in left}))
        return say(f"The bucket {bucket.name} stays: it has the states of {others}.")
    question = f"The bucket {bucket.name} holds no state but old versions. Remove it? [y/N] "
    if not prompts.agreed(options.yes, question):
        again = f"make state-local{target.words} YES=1"
        return say(f"The bucket {bucket.name} stays; to remove it: {again}")
    bucket.remove()
    return say(f"The bucket {bucket.name} is gone.")
