"""The owner's caps as Terraform has them by default."""

import re

from scripts.workspace import paths

_NAMES = ("daily_limit_usd", "monthly_limit_usd", "max_tokens")


def caps() -> dict[str, float]:
    """The defaults of what caps replies, by variable."""
    text = paths.declared()
    return {
        name: float(re.search(rf'variable "{name}" {{.*?default += ([\d.]+)', text, re.DOTALL)[1])
        for name in _NAMES
    }
