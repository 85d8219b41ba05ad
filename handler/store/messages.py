"""Messages: pages of a conversation, the recent ones for the model, one by its id; a crashed reply
is mended when it is read."""

from dataclasses import replace

from boto3.dynamodb.conditions import Key

from handler.store.keys import (
    LAST,
    claim_key,
    conversation_partition,
    cursor_from,
    key_from,
    message_from_item,
    message_key,
)
from handler.store.replies import Replies
from handler.store.turn_log import TurnLog
from handler.store.turns import Turns
from handler.values import Message, Turn


class Messages:
    """What was said."""

    def __init__(self, table, records: TurnLog, turns: Turns, replies: Replies):
        self._table, self._records, self._turns, self._replies = table, records, turns, replies

    def page(
        self, guest_id: str, conversation_id: str, *, limit: int, cursor: str | None, now: float
    ) -> tuple[list[Message], str | None]:
        """At most `limit` messages, oldest first, and the cursor of the next page. Raises
        InvalidRequest for a bad cursor."""
        pk = conversation_partition(conversation_id)
        start = {"ExclusiveStartKey": key_from(cursor, ("sk",), pk)} if cursor else {}
        answer = self._table.query(
            KeyConditionExpression=_all(pk), Limit=limit, ConsistentRead=True, **start
        )
        messages = [self._settled(item, guest_id, now) for item in answer["Items"]]
        return messages, cursor_from(answer.get("LastEvaluatedKey"), ("sk",))

    def recent(
        self, guest_id: str, conversation_id: str, *, before: str | None, limit: int, now: float
    ) -> list[Message]:
        """The newest `limit` messages, oldest first; only those before the turn `before` where it
        is given."""
        last = f"MSG#{before}" if before else f"MSG#{LAST}"
        answer = self._table.query(
            KeyConditionExpression=Key("pk").eq(conversation_partition(conversation_id))
            & Key("sk").between("MSG#", last),
            Limit=limit,
            ScanIndexForward=False,
            ConsistentRead=True,
        )
        return [self._settled(item, guest_id, now) for item in reversed(answer["Items"])]

    def find(self, guest_id: str, message_id: str, *, now: float) -> Message | None:
        """A message of this guest by its id: a reply, or a question."""
        turn = self._records.turn(message_id, guest_id)
        if turn:
            return self.of_turn(turn, "assistant", now=now)
        turn = self._turns.claimed(guest_id, message_id)
        return self.of_turn(turn, "user", now=now) if turn else None

    def of_turn(self, turn: Turn, role: str, *, now: float) -> Message | None:
        """One of the two messages of a turn; None if it was deleted."""
        key = {
            "pk": conversation_partition(turn.conversation_id),
            "sk": message_key(turn.reply_id, role),
        }
        item = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        return self._settled(item, turn.guest_id, now) if item else None

    def delete_from(
        self, guest_id: str, conversation_id: str, *, first: str = "", end: str = LAST
    ) -> None:
        """Delete the messages of the turns from `first` up to, not including, `end`. Their records
        remain."""
        pk = conversation_partition(conversation_id)
        condition = Key("pk").eq(pk) & Key("sk").between(f"MSG#{first}", f"MSG#{end}")
        start = {}
        while True:
            page = self._table.query(KeyConditionExpression=condition, ConsistentRead=True, **start)
            with self._table.batch_writer() as batch:
                for item in page["Items"]:
                    batch.delete_item(Key={"pk": pk, "sk": item["sk"]})
                    if item["role"] == "user":
                        batch.delete_item(Key=claim_key(guest_id, item["id"]))
            for item in page["Items"]:
                if item["status"] == "streaming":
                    self._replies.ask_to_stop(Turn(guest_id, conversation_id, "", item["id"]))
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _settled(self, item: dict, guest_id: str, now: float) -> Message:
        """The message with the text that is saved so far; a reply whose turn died gets its true end
        here."""
        message = message_from_item(item)
        if message.status != "streaming":
            return message
        turn = Turn(guest_id, message.conversation_id, "", message.turn, int(item["attempt"]))
        text, alive_until = self._replies.saved(turn)
        if now <= alive_until:
            return replace(message, text=text)
        failed = replace(message, text=text, status="failed")
        self._replies.finish(turn, failed)
        return failed


def _all(pk: str):
    return Key("pk").eq(pk) & Key("sk").begins_with("MSG#")
