"""Ends the local stack: stops what `make up` started and removes `.local`, which holds all of the
stack's state."""

import shutil
from argparse import Namespace

from scripts.console.progress import Failure, say
from scripts.local import daemons
from scripts.workspace import paths

# Nothing of the stack exists outside these processes and `.local`: a Terraform destroy would take
# most of a minute to empty an emulator that is thrown away right after.
SERVICES = ("emulator", "model")


def run(_options: Namespace) -> None:
    """Does nothing when nothing is up. Raises Failure."""
    stopped = [name for name in [*daemons.names("worker"), *SERVICES] if daemons.stop(name)]
    try:
        shutil.rmtree(paths.LOCAL)
    except FileNotFoundError:
        return say("The local stack is down already.")
    except OSError as error:
        raise Failure(
            f"{paths.LOCAL} could not be removed ({error.strerror}): remove it by hand."
        ) from error
    ended = f" ({' and '.join(stopped)} stopped)" if stopped else ""
    return say(f"The local stack and its conversations are gone{ended}.")
