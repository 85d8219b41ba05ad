"""The owner's own invite: made once for each stack, kept beside its state."""

from scripts.console.progress import Failure
from scripts.stack import smoke
from scripts.stack.connection import DeployedStack
from scripts.workspace.target import write_privately

NAME, DAYS, DAILY = "owner", 365, 1000


def token(deployed: DeployedStack) -> str:
    """The one from last time while the stack takes it, else a new one. Raises Failure."""
    target, api = deployed.target, deployed.outputs["api_url"]
    known = target.owner.read_text().strip() if target.owner.exists() else ""
    if known and smoke.is_admitted(api, known):
        return known
    deployed.store().guests.revoke(name=NAME)
    fresh = deployed.mint(NAME, days=DAYS, daily=DAILY)
    write_privately(target.owner, fresh)
    if not smoke.is_admitted(api, fresh):
        again = "down, then make up" if target.is_up else f"deploy{target.words} again"
        raise Failure(f"The stack does not accept the invite it was just given: run make {again}.")
    return fresh
