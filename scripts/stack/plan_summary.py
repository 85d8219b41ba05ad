"""A plan in words: what appears, changes and goes, and what an unused stack costs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from scripts.console.progress import Failure
from scripts.stack.aws_kinds import KINDS

WIDTH = 100
TABLE = "aws_dynamodb_table"
FREE = (
    "  Idle cost: 0.00 USD a month. Nothing bills by the hour; what is stored costs cents per GB "
    "(docs/costs.md)."
)


class Summary:
    """What a plan (Terraform's JSON) would do."""

    def __init__(self, plan: Mapping):
        changes = [
            change
            for change in plan.get("resource_changes", [])
            if change.get("mode", "managed") == "managed"
        ]
        self._outputs = plan.get("output_changes") or {}
        self.appears = [change for change in changes if "create" in _actions(change)]
        self.changes = [change for change in changes if _actions(change) == ["update"]]
        self.goes = [change for change in changes if "delete" in _actions(change)]
        self._stays = [change for change in changes if _actions(change) != ["delete"]]

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be done."""
        unchanged = all(change["actions"] == ["no-op"] for change in self._outputs.values())
        return unchanged and not (self.appears or self.changes or self.goes)

    @property
    def resources(self) -> dict[str, Mapping]:
        """What there will be, by address."""
        return {one["address"]: one["change"].get("after") or {} for one in self._stays}

    def protect_the_table(self) -> None:
        """Raises Failure when the table, which holds all conversations, would be deleted or
        replaced."""
        for change in self.goes:
            if change["type"] == TABLE:
                raise Failure(_table_lost(change, is_replaced=change in self.appears))

    def lines(self, idle_costs: Sequence[str]) -> list[str]:
        """For a person, before the question; `idle_costs` are reasons why it costs something while
        nobody uses it."""
        if self.is_empty:
            return ["No changes: the stack is what the code and the settings say."]
        found = []
        for word, changes in (
            ("appears", self.appears),
            ("changes", self.changes),
            ("goes", self.goes),
        ):
            found.append(f"  {word:<8} {len(changes):>3}  {_kinds(changes)}".rstrip())
            if changes is not self.appears:
                found += [
                    f"               {change['address']}{_attributes(change)}"
                    for change in _one_of_each(changes)
                ]
        if not idle_costs:
            return [*found, FREE]
        reasons = [f"    {reason}" for reason in idle_costs]
        return [*found, "  Idle cost: more than 0 USD a month:", *reasons]


def _actions(change: Mapping) -> list[str]:
    return change["change"]["actions"]


def _table_lost(change: Mapping, *, is_replaced: bool) -> str:
    table = change["change"]["before"]["name"]
    paths = [".".join(map(str, path)) for path in change["change"].get("replace_paths") or []]
    why = f" (because of {', '.join(paths)})" if paths else ""
    return (
        f"This plan would {'replace' if is_replaced else 'delete'} the table {table}{why} and lose "
        "every conversation and invite, so nothing was done: take that change back. If losing them "
        "is what you want, run make destroy, then make deploy."
    )


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
    """The names of those that an update changes."""
    if _actions(change) != ["update"]:
        return ""
    before, after, unknown = (
        change["change"].get(name) or {} for name in ("before", "after", "after_unknown")
    )
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    known = ", ".join(sorted(name for name in names if not unknown.get(name)))
    return f": {known}"[:WIDTH] if known else ""
