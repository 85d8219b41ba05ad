"""Reads what Terraform says with `-json`."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

VERBS = {
    "create": "created",
    "update": "changed",
    "delete": "removed",
    "replace": "replaced",
    "read": None,
}
GOING_ON = {"create": "creating", "update": "changing", "delete": "removing"}
# How often a resource that takes long is told of where no terminal shows it all the time.
TOLD_EVERY = 30

# What Terraform says when the configuration itself refuses: the reason is the configuration's own
# sentence, in the detail.
REFUSALS = ("Invalid value for variable", "precondition failed")


@dataclass(frozen=True, slots=True)
class Error:
    """One error: where, and Terraform's own words."""

    address: str
    summary: str
    detail: str = ""

    @property
    def cause(self) -> str:
        """It, in one line, without a full stop."""
        text = (
            self.detail.split("\n\n")[0]
            if self.summary.endswith(REFUSALS) and self.detail
            else self.summary
        )
        return " ".join(text.split()).rstrip(".")


class TerraformReport:
    """Reads Terraform's `-json` lines: says what was done, one line for each resource, with its
    seconds; keeps the errors. `note` gets what is going on just now, empty when nothing is."""

    def __init__(
        self, say: Callable[[str], None], note: Callable[[str], None] = lambda _text: None
    ):
        self._say, self._note = say, note
        self.errors: list[Error] = []
        self._planned, self._done, self._took = Counter(), Counter(), Counter()
        self._running: dict[str, str] = {}

    @property
    def cause(self) -> str:
        """The first error, without a full stop."""
        if not self.errors:
            return "it ended without a reason"
        first = self.errors[0]
        return first.cause + (f" ({first.address})" if first.address else "")

    def line(self, text: str) -> None:
        """Take in one line."""
        try:
            data = json.loads(text)
        except ValueError:
            return
        kind = data.get("type")
        if kind == "planned_change":
            self._planned[_family(data["change"])] += 1
        elif kind in ("apply_start", "apply_progress"):
            self._progress(data["hook"])
        elif kind in ("apply_complete", "apply_errored"):
            self._running.pop(data["hook"]["resource"]["addr"], None)
            self._show()
            if kind == "apply_complete":
                self._count(data["hook"])
        elif kind == "diagnostic" and data["diagnostic"]["severity"] == "error":
            found = data["diagnostic"]
            self.errors.append(
                Error(found.get("address") or "", found["summary"], found.get("detail") or "")
            )

    def _progress(self, hook: Mapping) -> None:
        address, seconds = hook["resource"]["addr"], hook.get("elapsed_seconds", 0)
        doing = f"{GOING_ON.get(hook['action'], hook['action'])} {address}" + (
            f" for {seconds:.0f} s" if seconds else ""
        )
        self._running[address] = doing
        self._show()
        if seconds and seconds % TOLD_EVERY == 0:
            self._say(f"      … still {doing}")

    def _show(self) -> None:
        # The one that has been at it longest comes first: it is what the person waits for.
        oldest = next(iter(self._running.values()), "")
        more = f" and {len(self._running) - 1} more" if len(self._running) > 1 else ""
        self._note(oldest + more)

    def _count(self, hook: Mapping) -> None:
        """One line for all instances of a resource, such as the page's files."""
        family = _family(hook)
        self._done[family] += 1
        self._took[family] = max(self._took[family], hook.get("elapsed_seconds", 0))
        action, address = family
        many = self._planned[family]
        if self._done[family] >= many and (verb := VERBS.get(action)):
            took = f", {self._took[family]:.0f} s" if self._took[family] else ""
            self._say(f"      {verb} {address}" + (f" ({many})" if many > 1 else "") + took)


def _family(change: Mapping) -> tuple[str, str]:
    return change["action"], _resource(change["resource"]["addr"])


def _resource(address: str) -> str:
    return address.partition("[")[0]
