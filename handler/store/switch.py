"""The model's switch, read together with the month's books, and the models' cooldowns."""

from handler.money import Spend
from handler.store.ledger import month_key, spend_from
from handler.store.table import Item, Table, Update
from handler.values import Cooldown, Switch, month_of

_SWITCH = {"pk": "STACK", "sk": "SWITCH"}
# Prefix of the attribute of a model's cooldown, as running stacks have it.
_COOLDOWN = "rest#"


class SwitchStore:
    """The switch's item, which holds the cooldowns too."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def switch_on(self, *, until: int, backend: str = "bedrock") -> None:
        """Allow the model until `until` (epoch seconds), and end all cooldowns: the owner wants to
        know."""
        self._table.put_item(Item=_SWITCH | {"until": until, "backend": backend})

    def switch_off(self) -> None:
        """Takes effect at once; a reply that is being written ends normally."""
        self.switch_on(until=0)

    def start(self, model_id: str, cooldown: Cooldown, *, now: float) -> None:
        """Of several turns that fail together the first decides."""
        stored = {"failures": cooldown.failures, "until": cooldown.until, "code": cooldown.code}
        Update(
            _SWITCH,
            "SET #rest = :rest",
            {":rest": stored, ":now": int(now)},
            "attribute_exists(pk) AND (attribute_not_exists(#rest) OR #rest.#until <= :now)",
            {"#rest": _COOLDOWN + model_id, "#until": "until"},
        ).apply(self._table)

    def clear(self, model_id: str) -> None:
        """Forget that a model failed."""
        names = {"#rest": _COOLDOWN + model_id}
        Update(_SWITCH, "REMOVE #rest", names=names).apply(self._table)

    def read(self, *, now: float) -> tuple[Switch, Spend]:
        """The switch, and the books of the current UTC month, in one read."""
        month, name = month_of(now), self._table.name
        books = month_key(month)
        request = {name: {"Keys": [_SWITCH, books], "ConsistentRead": True}}
        answer = self._table.meta.client.batch_get_item(RequestItems=request)
        items = {item["sk"]: item for item in answer["Responses"].get(name, [])}
        return _switch(items.get("SWITCH", {})), spend_from(items.get(books["sk"]), month)


def _switch(item: Item) -> Switch:
    cooldowns = {
        name.removeprefix(_COOLDOWN): Cooldown(int(at["failures"]), int(at["until"]), at["code"])
        for name, at in item.items()
        if name.startswith(_COOLDOWN)
    }
    return Switch(int(item.get("until", 0)), item.get("backend", "bedrock"), cooldowns)
