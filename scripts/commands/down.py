"""Ends the local stack: stops what `make up` started and removes `.local`, which holds all of the
stack's state.

python3 -m scripts.commands.down"""

import shutil
import sys

from scripts.local import daemons
from scripts.workspace import paths

# Nothing of the stack exists outside these processes and `.local`: a Terraform destroy would take
# most of a minute to empty an emulator that is thrown away right after.
SERVICES = ("emulator", "model")


def main() -> int:
    """The exit code: 0 also when nothing was up."""
    stopped = [name for name in [*daemons.names("worker"), *SERVICES] if daemons.stop(name)]
    try:
        shutil.rmtree(paths.LOCAL)
    except FileNotFoundError:
        print("The local stack is down already.", file=sys.stderr)
        return 0
    except OSError as error:
        print(
            f"{paths.LOCAL} could not be removed ({error.strerror}): remove it by hand.",
            file=sys.stderr,
        )
        return 1
    ended = f" ({' and '.join(stopped)} stopped)" if stopped else ""
    print(f"The local stack and its conversations are gone{ended}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
