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
    """A reply from its first chunk to its end. Requests to a running one travel in its turn's
    record."""

    def __init__(self, table: Table, turn_log: TurnLog) -> None:
        self._table = table
        self._turn_log = turn_log

    def control(self, turn: Turn) -> Control:
        """What was requested of a running turn. Read cheaply, not consistently: the next look makes
        up for one that comes a moment early."""
        return _control(self._table.get_item(Key=turn_key(turn.reply_id)).get("Item", {}))

    def keep_alive(self, turn: Turn, *, now: float) -> None:
        """A heartbeat, where no chunk is one."""
        until = {":until": int(now) + ALIVE}
        self._turn_log.update(turn.reply_id, "SET alive_until = :until", until)

    def ask_to_stop(self, turn: Turn) -> None:
        self._turn_log.update(turn.reply_id, "SET stop = :yes", {":yes": True})

    def ask_to_listen(self, turn: Turn, connection_id: str) -> bool:
        """Have the running turn send its reply to one more connection. False if it was closed
        before."""
        joined = self._turn_log.update(
            turn.reply_id,
            "ADD listeners :one",
            {":one": {connection_id}},
            condition="AND attribute_not_exists(closed)",
        )
        return joined is not None

    def close(self, turn: Turn, record: TurnRecord) -> tuple[Control, TurnRecord]:
        """Admit no more listeners to a reply that is stored, and leave the attempt's record: who
        listened until now, and the record that stands."""
        item, standing = self._turn_log.leave(
            turn.reply_id, turn.attempt, record, "SET closed = :yes", {":yes": True}
        )
        return _control(item), standing

    def save_chunk(self, turn: Turn, number: int, text: str, *, now: float) -> None:
        """Save the next piece of the reply; pieces are short, so that each costs one write unit."""
        alive_until = int(now) + ALIVE
        item = {
            "pk": _partition(turn),
            "sk": f"CHUNK#{turn.attempt}#{number:06d}",
            "text": text,
            "alive_until": alive_until,
            "ttl": alive_until + _CHUNK_KEPT,
        }
        self._table.put_item(Item=item)

    def saved(self, turn: Turn) -> tuple[str, int]:
        """The saved text of an unfinished reply, and until when (epoch seconds) its turn counts as
        alive."""
        prefix = Key("sk").begins_with(f"CHUNK#{turn.attempt}#")
        condition = Key("pk").eq(_partition(turn)) & prefix
        query = self._table.query
        chunks = list(every(query, KeyConditionExpression=condition, ConsistentRead=True))
        record = get(self._table, turn_key(turn.reply_id)) or {}
        alive_until = max(int(item.get("alive_until", 0)) for item in [record, *chunks])
        return "".join(item["text"] for item in chunks), alive_until

    def finish(self, turn: Turn, reply: Message) -> bool:
        """Store the end of a reply, once. False if it was ended, restarted or deleted meanwhile."""
        fixed = ("pk", "sk", "id", "role", "created_at")
        kept = {name: value for name, value in message_to_item(reply).items() if name not in fixed}
        ended = Update(
            message_key_of(turn, reply.role),
            "SET " + ", ".join(f"#{name} = :{name}" for name in kept),
            {":running": "streaming", ":attempt": turn.attempt}
            | {f":{name}": value for name, value in kept.items()},
            "#status = :running AND attempt = :attempt",
            {f"#{name}": name for name in kept},
        )
        return ended.apply(self._table) is not None


def _partition(turn: Turn) -> str:
    return f"REPLY#{turn.reply_id}"


def _control(item: Item) -> Control:
    return Control(bool(item.get("stop")), frozenset(item.get("listeners", ())))
