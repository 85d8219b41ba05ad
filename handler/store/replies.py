"""Running replies: controlled from outside, saved in chunks as they grow, finished once."""

from boto3.dynamodb.conditions import Key

from handler.money import DAY, TurnRecord
from handler.store.keys import message_key_of, message_to_item, turn_key
from handler.store.table import Item, Table, Update, every, get
from handler.store.turn_log import ALIVE, TurnLog
from handler.values import Control, Message, Turn

# Chunks serve running and crashed replies only (seconds kept); TTL deletes them for free.
_CHUNK_KEPT = 90 * DAY


class Replies:
    """Requests to a running reply travel in its turn's record."""

    def __init__(self, table: Table, turn_log: TurnLog) -> None:
        self._table = table
        self._turn_log = turn_log

    def control(self, turn: Turn) -> Control:
        """Not read consistently, for half the price: the next look makes up for an early one."""
        return _control(self._table.get_item(Key=turn_key(turn.reply_id)).get("Item", {}))

    def keep_alive(self, turn: Turn, *, now: float) -> None:
        """A heartbeat, where no chunk is one."""
        alive_until = {"alive_until": int(now) + ALIVE}
        Update.setting(turn_key(turn.reply_id), alive_until).apply(self._table)

    def ask_to_stop(self, turn: Turn) -> None:
        Update.setting(turn_key(turn.reply_id), {"stop": True}).apply(self._table)

    def ask_to_listen(self, turn: Turn, connection_id: str) -> bool:
        """Adds a connection to those that the turn sends its reply to. False if it has closed."""
        joined = Update(
            turn_key(turn.reply_id),
            "ADD listeners :one",
            {":one": {connection_id}},
            "attribute_exists(pk) AND attribute_not_exists(closed)",
        )
        return joined.apply(self._table) is not None

    def close(self, turn: Turn, record: TurnRecord) -> tuple[Control, TurnRecord]:
        """Ends listening to a reply that is stored, and leaves the attempt's record. Returns
        who listened until now, and the record that stands."""
        item, standing = self._turn_log.leave(turn.reply_id, turn.attempt, record, close=True)
        return _control(item), standing

    def save_chunk(self, turn: Turn, number: int, text: str, *, now: float) -> None:
        """Chunks are short, so that each costs one write unit."""
        alive_until = int(now) + ALIVE
        key = {"pk": _partition(turn), "sk": f"CHUNK#{turn.attempt}#{number:06d}"}
        times = {"alive_until": alive_until, "ttl": alive_until + _CHUNK_KEPT}
        self._table.put_item(Item=key | times | {"text": text})

    def saved(self, turn: Turn) -> tuple[str, int]:
        """The text of an unfinished reply, and until when (epoch seconds) its turn is alive."""
        attempt = Key("sk").begins_with(f"CHUNK#{turn.attempt}#")
        chunks = list(every(self._table, Key("pk").eq(_partition(turn)) & attempt))
        record = get(self._table, turn_key(turn.reply_id)) or {}
        alive_until = max(int(item.get("alive_until", 0)) for item in [record, *chunks])
        return "".join(item["text"] for item in chunks), alive_until

    def finish(self, turn: Turn, reply: Message) -> bool:
        """Stores the end of a reply, once. False if it was ended, restarted or deleted."""
        fixed = ("pk", "sk", "id", "role", "created_at")
        kept = {name: value for name, value in message_to_item(reply).items() if name not in fixed}
        ended = Update.setting(
            message_key_of(turn, reply.role),
            kept,
            "#status = :running AND attempt = :attempt",
            {":running": "streaming", ":attempt": turn.attempt},
        )
        return ended.apply(self._table) is not None


def _partition(turn: Turn) -> str:
    return f"REPLY#{turn.reply_id}"


def _control(item: Item) -> Control:
    return Control(bool(item.get("stop")), frozenset(item.get("listeners", ())))
