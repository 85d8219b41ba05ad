"""Writes the figures of docs/costs.md and of both READMEs anew, from Terraform's plan, the last
`make bench-cost` and the price table."""

import sys

from scripts.docs import refresh
from scripts.docs.page import PAGES

if __name__ == "__main__":
    sys.exit(refresh.run(PAGES, "python -m scripts.commands.docs", __doc__))
