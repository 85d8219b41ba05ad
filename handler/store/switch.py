"""What belongs to the whole stack: the model's switch, read together with the month's books."""

from botocore.exceptions import ClientError

from handler.money import Spend
from handler.store.keys import condition_failed
from handler.store.ledger import month_key, spend_from
from handler.values import Cooldown, Switch, month_of

_SWITCH = {"pk": "STACK", "sk": "SWITCH"}
_REST = "rest#"


class SwitchStore:
    """The switch, and with it which models rest."""

    def __init__(self, table):
        self._table = table

    def switch_on(self, *, until: int, backend: str = "bedrock") -> None:
        """Let the model be asked until `until` (epoch seconds). No model rests any more: the owner
        wants to know."""
        self._table.put_item(Item=_SWITCH | {"until": until, "backend": backend})

    def switch_off(self) -> None:
        """Switch the model off at once; a reply that is being written ends normally."""
        self._table.put_item(Item=_SWITCH | {"until": 0, "backend": "bedrock"})

    def start(self, model_id: str, rest: Cooldown, *, now: float) -> None:
        """Let a model rest. Of several turns that fail together the first decides."""
        self._update(
            "SET #rest = :rest",
            "attribute_exists(pk) AND (attribute_not_exists(#rest) OR #rest.#until <= :now)",
            {"#rest": _REST + model_id, "#until": "until"},
            {
                ":rest": {"failures": rest.failures, "until": rest.until, "code": rest.code},
                ":now": int(now),
            },
        )

    def clear(self, model_id: str) -> None:
        """Forget that a model failed."""
        self._update("REMOVE #rest", "attribute_exists(pk)", {"#rest": _REST + model_id})

    def read(self, *, now: float) -> tuple[Switch, Spend]:
        """The switch, and the books of the current UTC month, in one read."""
        month = month_of(now)
        keys = [_SWITCH, month_key(month)]
        answer = self._table.meta.client.batch_get_item(
            RequestItems={self._table.name: {"Keys": keys, "ConsistentRead": True}}
        )
        items = {item["sk"]: item for item in answer["Responses"].get(self._table.name, [])}
        return _switch(items.get("SWITCH", {})), spend_from(items.get(keys[1]["sk"]), month)

    def _update(self, update: str, condition: str, names: dict, values: dict | None = None) -> None:
        given = {"ExpressionAttributeValues": values} if values else {}
        try:
            self._table.update_item(
                Key=_SWITCH,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                **given,
            )
        except ClientError as error:
            if not condition_failed(error):
                raise


def _switch(item: dict) -> Switch:
    rests = {
        name.removeprefix(_REST): Cooldown(int(rest["failures"]), int(rest["until"]), rest["code"])
        for name, rest in item.items()
        if name.startswith(_REST)
    }
    return Switch(int(item.get("until", 0)), item.get("backend", "bedrock"), rests)
