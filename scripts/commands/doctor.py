"""Checks, before a deploy, what of this machine and this account would make it fail. Changes
nothing."""

from argparse import Namespace

from scripts.console.arguments import Argument
from scripts.doctor import examine
from scripts.workspace.settings import OwnerSettings
from scripts.workspace.target import StackTarget

NO_MODEL = "do not ask the model for one token, which costs some 0.000001 USD"
ARGUMENTS = {"doctor": (Argument("nomodel", NO_MODEL, bool),)}


def run(options: Namespace, wanted: OwnerSettings, target: StackTarget) -> int:
    """One line a check on stdout; 1 when one failed."""

    def say(line: str) -> None:
        print(line, flush=True)

    return not examine(wanted, target.env, ask_model=not options.nomodel, say=say)
