"""The log of turns: one item each, from the moment before the model is asked. It finds a reply by
its id, carries what is asked of a running turn, and stays as the record of what each attempt took.
Never a message's text."""

from collections.abc import Iterator

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from handler.money import Begun, TurnRecord
from handler.store.keys import condition_failed, turn_key, usage_from_item, usage_to_item
from handler.values import Turn

# A running turn says at least every ALIVE/3 seconds that it lives; after ALIVE without a word it
# counts as crashed.
ALIVE = 30


class TurnLog:
    """What turns leave behind."""

    def __init__(self, table):
        self._table = table

    def begin(self, turn: Turn, begun: Begun, *, now: float) -> None:
        """Leave the record of a turn that is about to start; nobody knows its reply's id yet."""
        item = turn_key(turn.reply_id) | {
            "guest_id": turn.guest_id,
            "conversation_id": turn.conversation_id,
            "message_id": turn.message_id,
            "attempt": turn.attempt,
            "alive_until": int(now) + ALIVE,
            "model": begun.model_id,
            "most_input": begun.most_input,
            "most_output": begun.most_output,
        }
        self._table.put_item(Item=item)

    def withdraw(self, turn: Turn) -> None:
        """Remove the record of a turn that did not start after all."""
        self._table.delete_item(Key=turn_key(turn.reply_id))

    def again(self, turn: Turn, *, now: float) -> tuple[dict, str, dict]:
        """Key, update and values by which a record goes on with attempt `turn.attempt`, for the
        transaction that reopens the turn."""
        update = "SET attempt = :attempt, alive_until = :until REMOVE closed, stop, listeners"
        return (
            turn_key(turn.reply_id),
            update,
            {":attempt": turn.attempt, ":until": int(now) + ALIVE},
        )

    def turn(self, reply_id: str, guest_id: str) -> Turn | None:
        """The turn behind a reply's id, if it is this guest's."""
        item = self._get(reply_id)
        return _turn(item) if item and item["guest_id"] == guest_id else None

    def begun(self, reply_id: str) -> tuple[Turn, Begun] | None:
        """A turn of whichever guest, and what it began with."""
        item = self._get(reply_id)
        return (
            (_turn(item), Begun(item["model"], int(item["most_input"]), int(item["most_output"])))
            if item
            else None
        )

    def leave(
        self,
        reply_id: str,
        attempt: int,
        record: TurnRecord,
        update: str = "",
        values: dict | None = None,
    ) -> tuple[dict, TurnRecord]:
        """Leave an attempt's record, once, together with another update: the item, and the record
        that stands."""
        name = f"attempt#{attempt}"
        update = f"{update}, #record = :record" if update else "SET #record = :record"
        try:
            answer = self._table.update_item(
                Key=turn_key(reply_id),
                UpdateExpression=update,
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(#record)",
                ExpressionAttributeNames={"#record": name},
                ExpressionAttributeValues={":record": _to_item(record)} | (values or {}),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            item = self._get(reply_id) or {}
            return item, _from_item(item[name]) if name in item else record
        return answer["Attributes"], record

    def update(self, reply_id: str, update: str, values: dict, condition: str = "") -> dict | None:
        """The item after its update; None if the condition does not hold."""
        try:
            answer = self._table.update_item(
                Key=turn_key(reply_id),
                UpdateExpression=update,
                ConditionExpression=f"attribute_exists(pk) {condition}",
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if condition_failed(error):
                return None
            raise
        return answer["Attributes"]

    def of_day(self, day: str) -> Iterator[tuple[Turn, list[TurnRecord]]]:
        """The turns of a UTC day (`YYYY-MM-DD`) with the records of their attempts, oldest first."""
        start = {}
        while True:
            page = self._table.query(
                KeyConditionExpression=Key("pk").eq(f"TURNS#{day}"), ConsistentRead=True, **start
            )
            for item in page["Items"]:
                names = sorted(name for name in item if name.startswith("attempt#"))
                yield _turn(item), [_from_item(item[name]) for name in names]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _get(self, reply_id: str) -> dict | None:
        return self._table.get_item(Key=turn_key(reply_id), ConsistentRead=True).get("Item")


def _turn(item: dict) -> Turn:
    return Turn(
        item["guest_id"],
        item["conversation_id"],
        item["message_id"],
        item["sk"],
        attempt=int(item["attempt"]),
    )


def _to_item(record: TurnRecord) -> dict:
    usage = usage_to_item(record.usage) if record.usage else {}
    return {
        "model": record.model_id,
        "day": record.day,
        "outcome": record.outcome,
        "ms": record.milliseconds,
    } | usage


def _from_item(item: dict) -> TurnRecord:
    return TurnRecord(
        item["model"], item["day"], item["outcome"], int(item["ms"]), usage_from_item(item)
    )
