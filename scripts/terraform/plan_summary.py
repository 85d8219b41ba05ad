"""A plan in words: what appears, changes and goes, and what the stack costs while nobody uses it."""

from collections import Counter
from collections.abc import Iterable, Mapping

from scripts.console.progress import Failure
from scripts.costs import idle
from scripts.stack.aws_kinds import KINDS

WIDTH = 100
TABLE = "aws_dynamodb_table"


class Summary:
    """What a plan (Terraform's JSON) would do."""

    def __init__(self, plan: Mapping):
        self._plan = plan
        managed = [
            change
            for change in plan.get("resource_changes", [])
            if change.get("mode", "managed") == "managed"
        ]
        self.appears = [change for change in managed if "create" in change["change"]["actions"]]
        self.changes = [change for change in managed if change["change"]["actions"] == ["update"]]
        self.goes = [change for change in managed if "delete" in change["change"]["actions"]]
        self._stays = [change for change in managed if change["change"]["actions"] != ["delete"]]

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be done."""
        outputs = self._plan.get("output_changes") or {}
        return not (self.appears or self.changes or self.goes) and all(
            change["actions"] == ["no-op"] for change in outputs.values()
        )

    def protect_the_table(self) -> None:
        """Raises Failure when the table, which holds all conversations, would be deleted or
        replaced."""
        for change in self.goes:
            if change["type"] == TABLE:
                what = "replace" if change in self.appears else "delete"
                paths = [
                    ".".join(map(str, path)) for path in change["change"].get("replace_paths") or []
                ]
                why = f" (because of {', '.join(paths)})" if paths else ""
                raise Failure(
                    f"This plan would {what} the table {change['change']['before']['name']}{why} and lose every conversation and invite, "
                    "so nothing was done: take that change back. If losing them is what you want, run make destroy, then make deploy."
                )

    def lines(self) -> list[str]:
        """For a person, before the question."""
        if self.is_empty:
            return ["No changes: the stack is what the code and the settings say."]
        found = []
        for word, changes, each in (
            ("appears", self.appears, False),
            ("changes", self.changes, True),
            ("goes", self.goes, True),
        ):
            found.append(f"  {word:<8} {len(changes):>3}  {_kinds(changes)}".rstrip())
            found += [
                f"               {change['address']}{_attributes(change)}"
                for change in _one_of_each(changes)
                if each
            ]
        return [*found, *self._idle()]

    def _idle(self) -> list[str]:
        complaints = idle.complaints(
            {change["address"]: change["change"].get("after") or {} for change in self._stays}
        )
        if not complaints:
            return [
                "  Idle cost: 0.00 USD a month. Nothing bills by the hour; what is stored costs cents per GB (docs/costs.md)."
            ]
        return [
            "  Idle cost: more than 0 USD a month:",
            *(f"    {complaint}" for complaint in complaints),
        ]


def _kinds(changes: Iterable[Mapping]) -> str:
    counted = Counter(_service(change["type"]) for change in changes)
    return ", ".join(f"{service} {count}" for service, count in sorted(counted.items()))


def _service(kind: str) -> str:
    return KINDS[kind].service if kind in KINDS else kind


def _one_of_each(changes: Iterable[Mapping]) -> list[dict]:
    """The instances of one resource, such as the page's files, are one line."""
    found: dict[str, dict] = {}
    for change in changes:
        family = change["address"].partition("[")[0]
        found[family] = {**change, "address": family} if family in found else dict(change)
    return list(found.values())


def _attributes(change: Mapping) -> str:
    before, after = change["change"].get("before") or {}, change["change"].get("after") or {}
    unknown = change["change"].get("after_unknown") or {}
    names = sorted(
        name
        for name in {*before, *after}
        if before.get(name) != after.get(name) and not unknown.get(name)
    )
    if change["change"]["actions"] != ["update"]:
        return ""
    return f": {', '.join(names)}"[:WIDTH] if names else ""
