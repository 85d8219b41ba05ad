"""Ends the local stack: stops what `make up` started and removes `.local`, which holds all of the stack's state.

python3 -m scripts.down
"""

import shutil
import sys

from scripts import layout, processes

# Nothing of the stack exists outside these processes and `.local`: a Terraform destroy would take most of a minute
# to empty an emulator that is thrown away right after.
SERVICES = ("emulator", "model")


def main() -> int:
    """The exit code: 0 also when nothing was up."""
    stopped = [name for name in [*processes.names("worker"), *SERVICES] if processes.stop(name)]
    try:
        shutil.rmtree(layout.LOCAL)
    except FileNotFoundError:
        print("The local stack is down already.", file=sys.stderr)
        return 0
    except OSError as error:
        print(f"{layout.LOCAL} could not be removed ({error.strerror}): remove it by hand.", file=sys.stderr)
        return 1
    ended = f" ({' and '.join(stopped)} stopped)" if stopped else ""
    print(f"The local stack and its conversations are gone{ended}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
