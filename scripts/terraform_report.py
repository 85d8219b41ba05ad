"""Reads what Terraform says with `-json`."""

import json
from collections import Counter
from collections.abc import Callable

VERBS = {"create": "created", "update": "changed", "delete": "removed", "replace": "replaced", "read": None}


# What Terraform says when the configuration itself refuses: the reason is the configuration's own sentence, in the detail.
REFUSALS = ("Invalid value for variable", "precondition failed")


class Report:
    """Reads Terraform's `-json` lines: says what was done, one line for each resource, keeps the first error."""

    def __init__(self, say: Callable[[str], None]):
        self._say, self._errors = say, []
        self._planned, self._done = Counter(), Counter()

    @property
    def cause(self) -> str:
        """The first error, without a full stop."""
        return self._errors[0] if self._errors else "it ended without a reason"

    def line(self, text: str) -> None:
        """Take in one line."""
        try:
            data = json.loads(text)
        except ValueError:
            return
        if data.get("type") == "planned_change":
            self._planned[_family(data["change"])] += 1
        elif data.get("type") == "apply_complete":
            self._count(_family(data["hook"]))
        elif data.get("type") == "diagnostic" and data["diagnostic"]["severity"] == "error":
            found = data["diagnostic"]
            where = f" ({found['address']})" if found.get("address") else ""
            self._errors.append(_cause(found).rstrip(".") + where)

    def _count(self, family: tuple[str, str]) -> None:
        """One line for all instances of a resource, such as the page's files."""
        self._done[family] += 1
        action, address = family
        many = self._planned[family]
        if self._done[family] >= many and (verb := VERBS.get(action)):
            self._say(f"      {verb} {address}" + (f" ({many})" if many > 1 else ""))


def _cause(found: dict) -> str:
    text = found["summary"]
    if text.endswith(REFUSALS) and found.get("detail"):
        text = found["detail"].split("\n\n")[0]
    return " ".join(text.split())


def _family(change: dict) -> tuple[str, str]:
    return change["action"], change["resource"]["addr"].partition("[")[0]
