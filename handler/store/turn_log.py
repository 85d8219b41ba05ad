"""The log of turns: one item each, from the moment before the model is called. It finds a reply by
its id, carries requests to a running turn, and stays as the record of what each attempt used. Never
a message's text."""

from collections.abc import Iterator

from boto3.dynamodb.conditions import Key

from handler.money import Begun, TurnRecord
from handler.store.keys import turn_key, usage_from_item, usage_to_item
from handler.store.table import Item, Table, Update, every, get
from handler.values import Turn

# A running turn sends a heartbeat at least every ALIVE/3 seconds; after ALIVE without one it counts
# as crashed.
ALIVE = 30


class TurnLog:
    def __init__(self, table: Table) -> None:
        self._table = table

    def begin(self, turn: Turn, begun: Begun, *, now: float) -> None:
        """Leave the record of a turn that is about to start; its reply's id is not public yet."""
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

    def again(self, turn: Turn, *, now: float) -> Update:
        """The record goes on with attempt `turn.attempt`, for the transaction that reopens the
        turn."""
        update = "SET attempt = :attempt, alive_until = :until REMOVE closed, stop, listeners"
        values = {":attempt": turn.attempt, ":until": int(now) + ALIVE}
        return Update(turn_key(turn.reply_id), update, values)

    def turn(self, reply_id: str, guest_id: str) -> Turn | None:
        """The turn behind a reply's id, if it is this guest's."""
        item = get(self._table, turn_key(reply_id))
        return _turn(item) if item and item["guest_id"] == guest_id else None

    def begun(self, reply_id: str) -> tuple[Turn, Begun] | None:
        """A turn of whichever guest, and what it began with."""
        item = get(self._table, turn_key(reply_id))
        if item is None:
            return None
        begun = Begun(item["model"], int(item["most_input"]), int(item["most_output"]))
        return _turn(item), begun

    def leave(
        self,
        reply_id: str,
        attempt: int,
        record: TurnRecord,
        update: str = "",
        values: Item | None = None,
    ) -> tuple[Item, TurnRecord]:
        """Leave an attempt's record, once, together with another update: the item, and the record
        that stands."""
        name = f"attempt#{attempt}"
        left = Update(
            turn_key(reply_id),
            f"{update}, #record = :record" if update else "SET #record = :record",
            {":record": _to_item(record)} | (values or {}),
            "attribute_exists(pk) AND attribute_not_exists(#record)",
            {"#record": name},
        )
        item = left.apply(self._table, "ALL_NEW")
        if item is not None:
            return item, record
        item = get(self._table, turn_key(reply_id)) or {}
        return item, _from_item(item[name]) if name in item else record

    def update(self, reply_id: str, update: str, values: Item, condition: str = "") -> Item | None:
        """The item after its update; None if the condition does not hold."""
        condition = f"attribute_exists(pk) {condition}"
        return Update(turn_key(reply_id), update, values, condition).apply(self._table, "ALL_NEW")

    def of_day(self, day: str) -> Iterator[tuple[Turn, list[TurnRecord]]]:
        """The turns of a UTC day (`YYYY-MM-DD`) and their attempts' records, oldest first."""
        condition = Key("pk").eq(f"TURNS#{day}")
        for item in every(self._table.query, KeyConditionExpression=condition, ConsistentRead=True):
            names = sorted(name for name in item if name.startswith("attempt#"))
            yield _turn(item), [_from_item(item[name]) for name in names]


def _turn(item: Item) -> Turn:
    attempt = int(item["attempt"])
    return Turn(item["guest_id"], item["conversation_id"], item["message_id"], item["sk"], attempt)


def _to_item(record: TurnRecord) -> Item:
    item = {
        "model": record.model_id,
        "day": record.day,
        "outcome": record.outcome,
        "ms": record.milliseconds,
    }
    return item | (usage_to_item(record.usage) if record.usage else {})


def _from_item(item: Item) -> TurnRecord:
    usage = usage_from_item(item)
    return TurnRecord(item["model"], item["day"], item["outcome"], int(item["ms"]), usage)
