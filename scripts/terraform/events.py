"""Reads what Terraform says with `-json`."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

VERBS = {"create": "created", "update": "changed", "delete": "removed", "replace": "replaced"}
GOING_ON = {"create": "creating", "update": "changing", "delete": "removing"}
# Seconds between two lines about a resource that takes long.
REPEAT_SECONDS = 30
# What Terraform says when the configuration itself refuses: the reason is the configuration's own
# sentence, in the detail.
REFUSALS = ("Invalid value for variable", "precondition failed")

# An action, and a resource without its instance's key: all its instances are one line.
Family = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Error:
    """Where it happened, in Terraform's own words."""

    address: str
    summary: str
    detail: str = ""

    @property
    def cause(self) -> str:
        """In one line, without a full stop."""
        is_refusal = self.summary.endswith(REFUSALS) and self.detail
        text = self.detail.split("\n\n")[0] if is_refusal else self.summary
        return " ".join(text.split()).rstrip(".")


class TerraformReport:
    """Says what was done, one line for each resource, with its seconds; keeps the errors. `note`
    gets what is going on just now, empty when nothing is."""

    def __init__(
        self, say: Callable[[str], None], note: Callable[[str], None] = lambda _text: None
    ):
        self._say = say
        self._note = note
        self.errors: list[Error] = []
        self._planned: Counter[Family] = Counter()
        self._done: Counter[Family] = Counter()
        self._seconds: Counter[Family] = Counter()
        self._running: dict[str, str] = {}

    @property
    def running(self) -> list[str]:
        """The addresses of the resources that Terraform is working on, oldest first."""
        return list(self._running)

    @property
    def cause(self) -> str:
        """The first error, without a full stop."""
        if not self.errors:
            return "it ended without a reason"
        first = self.errors[0]
        return first.cause + (f" ({first.address})" if first.address else "")

    def line(self, text: str) -> None:
        """Reads one line; what is no JSON is passed over."""
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
            where, detail = found.get("address") or "", found.get("detail") or ""
            self.errors.append(Error(where, found["summary"], detail))

    def _progress(self, hook: Mapping) -> None:
        address, seconds = hook["resource"]["addr"], hook.get("elapsed_seconds", 0)
        doing = f"{GOING_ON.get(hook['action'], hook['action'])} {address}"
        if seconds:
            doing += f" for {seconds:.0f} s"
        self._running[address] = doing
        self._show()
        if seconds and seconds % REPEAT_SECONDS == 0:
            self._say(f"      … still {doing}")

    def _show(self) -> None:
        # The one that runs longest comes first: it is what the person waits for.
        oldest = next(iter(self._running.values()), "")
        more = f" and {len(self._running) - 1} more" if len(self._running) > 1 else ""
        self._note(oldest + more)

    def _count(self, hook: Mapping) -> None:
        """One line once all instances of a resource are done."""
        family = _family(hook)
        self._done[family] += 1
        self._seconds[family] = max(self._seconds[family], hook.get("elapsed_seconds", 0))
        action, address = family
        many = self._planned[family]
        if self._done[family] >= many and (verb := VERBS.get(action)):
            took = f", {self._seconds[family]:.0f} s" if self._seconds[family] else ""
            self._say(f"      {verb} {address}" + (f" ({many})" if many > 1 else "") + took)


def _family(change: Mapping) -> Family:
    return change["action"], change["resource"]["addr"].partition("[")[0]
