"""What belongs to the whole stack: the model's switch, read together with the month's books."""

from handler.money import Spend
from handler.store.ledger import month_key, spend_from
from handler.values import Switch, month_of

_SWITCH = {"pk": "STACK", "sk": "SWITCH"}


class Stack:
    """The switch."""

    def __init__(self, table):
        self._table = table

    def switch_on(self, *, until: int, backend: str = "bedrock") -> None:
        """Let the model be asked until `until` (epoch seconds)."""
        self._table.put_item(Item=_SWITCH | {"until": until, "backend": backend})

    def switch_off(self) -> None:
        """Switch the model off at once; a reply that is being written ends normally."""
        self._table.put_item(Item=_SWITCH | {"until": 0, "backend": "bedrock"})

    def read(self, *, now: float) -> tuple[Switch, Spend]:
        """The switch, and the books of the current UTC month, in one read."""
        month = month_of(now)
        keys = [_SWITCH, month_key(month)]
        answer = self._table.meta.client.batch_get_item(RequestItems={self._table.name: {"Keys": keys, "ConsistentRead": True}})
        items = {item["sk"]: item for item in answer["Responses"].get(self._table.name, [])}
        switch = items.get("SWITCH", {})
        return Switch(int(switch.get("until", 0)), switch.get("backend", "bedrock")), spend_from(items.get(keys[1]["sk"]), month)
