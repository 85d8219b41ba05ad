"""The owner's own invite: made once for each stack, kept beside its state."""

from scripts.console.progress import Failure
from scripts.stack import smoke
from scripts.stack.connection import DeployedStack
from scripts.workspace.target import write_privately

NAME, DAYS, DAILY = "owner", 365, 1000


def token(deployed: DeployedStack) -> str:
    """The one from last time while it opens the door, else a new one. Raises Failure."""
    kept, api = deployed.target.owner, deployed.outputs["api_url"]
    known = kept.read_text().strip() if kept.exists() else ""
    if known and smoke.me(api, known):
        return known
    deployed.store().guests.revoke(name=NAME)
    fresh = deployed.mint(NAME, days=DAYS, daily=DAILY)
    write_privately(kept, fresh)
    if not smoke.me(api, fresh):
        again = (
            "down, then make up"
            if deployed.target.is_up
            else f"deploy{deployed.target.words} again"
        )
        raise Failure(f"The stack does not accept the invite it was just given: run make {again}.")
    return fresh
