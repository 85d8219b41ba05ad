"""The owner's caps as Terraform has them by default."""

import re

from scripts import layout

_NAMES = ("daily_limit_usd", "monthly_limit_usd", "max_tokens")


def caps() -> dict[str, float]:
    """The defaults of what caps replies, by variable."""
    text = "".join((layout.TERRAFORM / name).read_text() for name in ("variables.tf", "limits.tf"))
    return {name: float(re.search(rf'variable "{name}" {{.*?default += ([\d.]+)', text, re.DOTALL)[1]) for name in _NAMES}
