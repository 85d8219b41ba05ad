"""Writes the figures of docs/scale.md anew, from a simulated day."""

import sys

from scripts.docs import refresh
from scripts.scale.page import BLOCKS, PATH

if __name__ == "__main__":
    sys.exit(refresh.run({PATH: BLOCKS}, "python -m scripts.scale", __doc__))
