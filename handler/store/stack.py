"""What belongs to the whole stack: the model's switch and the month's spend."""

from handler.values import Switch, month_of

_SWITCH = {"pk": "STACK", "sk": "SWITCH"}


class Stack:
    """The switch and the spend."""

    def __init__(self, table):
        self._table = table

    def switch_on(self, *, until: int, backend: str = "bedrock") -> None:
        """Let the model be asked until `until` (epoch seconds)."""
        self._table.put_item(Item=_SWITCH | {"until": until, "backend": backend})

    def switch_off(self) -> None:
        """Switch the model off at once; a reply that is being written ends normally."""
        self._table.put_item(Item=_SWITCH | {"until": 0, "backend": "bedrock"})

    def read(self, *, now: float) -> tuple[Switch, int]:
        """The switch, and the spend of the current UTC month in nano-USD, in one read."""
        keys = [_SWITCH, _spend_key(now)]
        answer = self._table.meta.client.batch_get_item(RequestItems={self._table.name: {"Keys": keys, "ConsistentRead": True}})
        items = {item["sk"]: item for item in answer["Responses"].get(self._table.name, [])}
        switch = items.get("SWITCH", {})
        spend = items.get(keys[1]["sk"], {})
        return Switch(int(switch.get("until", 0)), switch.get("backend", "bedrock")), int(spend.get("nanos", 0))

    def add_spend(self, cost: int, *, guest_id: str, now: float) -> None:
        """Add nano-USD to the current month and to the guest's part of it, in one write."""
        self._table.update_item(
            Key=_spend_key(now),
            UpdateExpression="ADD nanos :cost, #guest :cost",
            ExpressionAttributeNames={"#guest": f"guest#{guest_id}"},
            ExpressionAttributeValues={":cost": cost},
        )

    def spend_by_guest(self, *, now: float) -> dict[str, int]:
        """Nano-USD of the current UTC month by guest id."""
        item = self._table.get_item(Key=_spend_key(now), ConsistentRead=True).get("Item", {})
        return {name.removeprefix("guest#"): int(value) for name, value in item.items() if name.startswith("guest#")}


def _spend_key(now: float) -> dict:
    return {"pk": "STACK", "sk": f"SPEND#{month_of(now)}"}
