"""Running replies: found by id, controlled from outside, saved in chunks as they grow, finished once."""

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from handler.store.items import condition_failed, message_to_item, pointer_key, reply_partition
from handler.values import Control, Message, Turn

# A running turn says at least every ALIVE/3 seconds that it lives; after ALIVE without a word it counts as crashed.
ALIVE = 30
# Chunks serve running and crashed replies only (seconds kept); TTL deletes them for free.
_CHUNK_KEPT = 90 * 86_400


class Replies:
    """The life of a reply from its first chunk to its end."""

    def __init__(self, table):
        self._table = table

    def pointer(self, reply_id: str, guest_id: str) -> Turn | None:
        """The turn behind a reply id, if it is this guest's."""
        item = self._table.get_item(Key=pointer_key(reply_id), ConsistentRead=True).get("Item")
        if item is None or item["guest_id"] != guest_id:
            return None
        return _turn(item)

    def control(self, turn: Turn) -> Control:
        """What was asked of a running turn since it started."""
        item = self._table.get_item(Key=pointer_key(turn.reply_id), ConsistentRead=True).get("Item")
        return _control(item or {"stop": True})

    def keep_alive(self, turn: Turn, *, now: float) -> None:
        """Say that the turn lives, where no chunk did."""
        self._on_pointer(turn, "SET alive_until = :until", {":until": int(now) + ALIVE})

    def ask_to_stop(self, turn: Turn) -> None:
        """Ask the running turn to stop."""
        self._on_pointer(turn, "SET stop = :yes", {":yes": True})

    def ask_to_listen(self, turn: Turn, connection_id: str) -> bool:
        """Ask the running turn to send what it writes to one more connection. False if it was closed before."""
        return self._on_pointer(turn, "ADD listeners :one", {":one": {connection_id}}, " AND attribute_not_exists(closed)") is not None

    def close(self, turn: Turn) -> Control:
        """Let nobody listen in any more; who did until now. The reply is stored before."""
        item = self._on_pointer(turn, "SET closed = :yes", {":yes": True})
        return _control(item or {})

    def save_chunk(self, turn: Turn, number: int, text: str, *, now: float) -> None:
        """Save the next piece of the reply; pieces are short, so that each costs one write unit."""
        alive_until = int(now) + ALIVE
        item = _chunk_key(turn, number) | {"text": text, "alive_until": alive_until, "ttl": alive_until + _CHUNK_KEPT}
        self._table.put_item(Item=item)

    def saved(self, turn: Turn, attempt: int) -> tuple[str, int]:
        """What was saved of an unfinished reply, and until when (epoch seconds) its turn counts as alive."""
        items, start = [], {}
        while True:
            page = self._table.query(KeyConditionExpression=Key("pk").eq(reply_partition(turn.reply_id)), ConsistentRead=True, **start)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        prefix = f"CHUNK#{attempt}#"
        chunks = [item for item in items if item["sk"].startswith(prefix)]
        pointers = [item for item in items if item["sk"] == "REPLY"]
        alive_until = max((int(item["alive_until"]) for item in chunks + pointers), default=0)
        return "".join(item["text"] for item in chunks), alive_until

    def finish(self, turn: Turn, reply: Message) -> bool:
        """Store the end of a reply, once. False if it was ended, restarted or deleted meanwhile."""
        item = message_to_item(reply)
        kept = {name: item[name] for name in item if name not in ("pk", "sk", "id", "role", "created_at")}
        try:
            self._table.update_item(
                Key={"pk": item["pk"], "sk": item["sk"]},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in kept),
                ConditionExpression="#status = :running AND attempt = :attempt",
                ExpressionAttributeNames={f"#{name}": name for name in kept},
                ExpressionAttributeValues={":running": "streaming", ":attempt": turn.attempt} | {f":{name}": kept[name] for name in kept},
            )
        except ClientError as error:
            if condition_failed(error):
                return False
            raise
        return True

    def _on_pointer(self, turn: Turn, update: str, values: dict, condition: str = "") -> dict | None:
        """The pointer after its update; None if it was deleted with its conversation, or the condition does not hold."""
        try:
            answer = self._table.update_item(
                Key=pointer_key(turn.reply_id),
                UpdateExpression=update,
                ConditionExpression=f"attribute_exists(pk){condition}",
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if condition_failed(error):
                return None
            raise
        return answer["Attributes"]


def _chunk_key(turn: Turn, number: int) -> dict:
    return {"pk": reply_partition(turn.reply_id), "sk": f"CHUNK#{turn.attempt}#{number:06d}"}


def new_pointer(turn: Turn, now: float) -> dict:
    """The item that finds a reply by its id and carries what is asked of its turn."""
    return pointer_key(turn.reply_id) | {
        "guest_id": turn.guest_id,
        "conversation_id": turn.conversation_id,
        "message_id": turn.message_id,
        "reply_id": turn.reply_id,
        "attempt": turn.attempt,
        "alive_until": int(now) + ALIVE,
    }


def _turn(item: dict) -> Turn:
    fields = ("guest_id", "conversation_id", "message_id", "reply_id")
    return Turn(*(item[name] for name in fields), attempt=int(item["attempt"]))


def _control(item: dict) -> Control:
    return Control(bool(item.get("stop")), frozenset(item.get("listeners", ())))
