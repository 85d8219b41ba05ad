"""Running replies: controlled from outside, saved in chunks as they grow, finished once."""

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from handler.money import TurnRecord
from handler.store.keys import condition_failed, message_to_item, reply_partition, turn_key
from handler.store.turn_log import ALIVE, TurnLog
from handler.values import Control, Message, Turn

# Chunks serve running and crashed replies only (seconds kept); TTL deletes them for free.
_CHUNK_KEPT = 90 * 86_400


class Replies:
    """The life of a reply from its first chunk to its end. What is asked of it meanwhile travels in
    its turn's record."""

    def __init__(self, table, records: TurnLog):
        self._table, self._records = table, records

    def control(self, turn: Turn) -> Control:
        """What was asked of a running turn since it started. A look that comes a moment early is
        made good by the next one."""
        return _control(self._table.get_item(Key=turn_key(turn.reply_id)).get("Item") or {})

    def keep_alive(self, turn: Turn, *, now: float) -> None:
        """Say that the turn lives, where no chunk did."""
        self._records.update(
            turn.reply_id, "SET alive_until = :until", {":until": int(now) + ALIVE}
        )

    def ask_to_stop(self, turn: Turn) -> None:
        """Ask the running turn to stop."""
        self._records.update(turn.reply_id, "SET stop = :yes", {":yes": True})

    def ask_to_listen(self, turn: Turn, connection_id: str) -> bool:
        """Ask the running turn to send what it writes to one more connection. False if it was
        closed before."""
        update = ("ADD listeners :one", {":one": {connection_id}})
        return (
            self._records.update(
                turn.reply_id, *update, condition="AND attribute_not_exists(closed)"
            )
            is not None
        )

    def close(self, turn: Turn, record: TurnRecord) -> tuple[Control, TurnRecord]:
        """Let nobody listen in any more, and leave the attempt's record: who did until now, and the
        record that stands.

        The reply is stored before."""
        item, standing = self._records.leave(
            turn.reply_id, turn.attempt, record, "SET closed = :yes", {":yes": True}
        )
        return _control(item), standing

    def save_chunk(self, turn: Turn, number: int, text: str, *, now: float) -> None:
        """Save the next piece of the reply; pieces are short, so that each costs one write unit."""
        alive_until = int(now) + ALIVE
        item = _chunk_key(turn, number) | {
            "text": text,
            "alive_until": alive_until,
            "ttl": alive_until + _CHUNK_KEPT,
        }
        self._table.put_item(Item=item)

    def saved(self, turn: Turn) -> tuple[str, int]:
        """What was saved of an unfinished reply, and until when (epoch seconds) its turn counts as
        alive."""
        chunks, start = [], {}
        condition = Key("pk").eq(reply_partition(turn.reply_id)) & Key("sk").begins_with(
            f"CHUNK#{turn.attempt}#"
        )
        while True:
            page = self._table.query(KeyConditionExpression=condition, ConsistentRead=True, **start)
            chunks += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        record = self._table.get_item(Key=turn_key(turn.reply_id), ConsistentRead=True).get(
            "Item", {}
        )
        alive_until = max(int(item.get("alive_until", 0)) for item in [record, *chunks])
        return "".join(item["text"] for item in chunks), alive_until

    def finish(self, turn: Turn, reply: Message) -> bool:
        """Store the end of a reply, once. False if it was ended, restarted or deleted meanwhile."""
        item = message_to_item(reply)
        kept = {
            name: item[name]
            for name in item
            if name not in ("pk", "sk", "id", "role", "created_at")
        }
        try:
            self._table.update_item(
                Key={"pk": item["pk"], "sk": item["sk"]},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in kept),
                ConditionExpression="#status = :running AND attempt = :attempt",
                ExpressionAttributeNames={f"#{name}": name for name in kept},
                ExpressionAttributeValues={":running": "streaming", ":attempt": turn.attempt}
                | {f":{name}": kept[name] for name in kept},
            )
        except ClientError as error:
            if condition_failed(error):
                return False
            raise
        return True


def _chunk_key(turn: Turn, number: int) -> dict:
    return {"pk": reply_partition(turn.reply_id), "sk": f"CHUNK#{turn.attempt}#{number:06d}"}


def _control(item: dict) -> Control:
    return Control(bool(item.get("stop")), frozenset(item.get("listeners", ())))
