"""What the Make targets run."""

import sys

# Here, because the modules beneath do not even parse under an older Python.
if sys.version_info < (3, 11):
    sys.exit(
        "Python %d.%d is too old: install Python 3.11 or newer, or name one with PYTHON=python3.11."
        % sys.version_info[:2]
    )
