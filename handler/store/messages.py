"""Messages: pages of a conversation, the recent ones for the model, one by its id. A reply whose
turn crashed is marked as failed when it is read."""

from dataclasses import replace

from boto3.dynamodb.conditions import Key

from handler.store.keys import (
    LAST,
    claim_key,
    conversation_partition,
    message_from_item,
    message_key_of,
    page_of,
)
from handler.store.replies import Replies
from handler.store.table import Item, Table, every, get
from handler.store.turn_log import TurnLog
from handler.store.turns import Turns
from handler.values import Message, Turn


class Messages:
    def __init__(self, table: Table, turn_log: TurnLog, turns: Turns, replies: Replies) -> None:
        self._table = table
        self._turn_log = turn_log
        self._turns = turns
        self._replies = replies

    def page(
        self, guest_id: str, conversation_id: str, *, limit: int, cursor: str | None, now: float
    ) -> tuple[list[Message], str | None]:
        """At most `limit` messages, oldest first, and the cursor of the next page. Raises
        InvalidRequest for a bad cursor."""
        pk = conversation_partition(conversation_id)
        all_messages = Key("pk").eq(pk) & Key("sk").begins_with("MSG#")
        items, following = page_of(
            self._table, pk, ("sk",), cursor, KeyConditionExpression=all_messages, Limit=limit
        )
        return [self._settled(item, guest_id, now) for item in items], following

    def recent(
        self, guest_id: str, conversation_id: str, *, before: str | None, limit: int, now: float
    ) -> list[Message]:
        """The newest `limit` messages, oldest first; only those before the turn `before` where it
        is given."""
        pk = conversation_partition(conversation_id)
        answer = self._table.query(
            KeyConditionExpression=Key("pk").eq(pk)
            & Key("sk").between("MSG#", f"MSG#{before or LAST}"),
            Limit=limit,
            ScanIndexForward=False,
            ConsistentRead=True,
        )
        return [self._settled(item, guest_id, now) for item in reversed(answer["Items"])]

    def find(self, guest_id: str, message_id: str, *, now: float) -> Message | None:
        """A message of this guest by its id: a reply, or a question."""
        turn = self._turn_log.turn(message_id, guest_id)
        if turn:
            return self.of_turn(turn, "assistant", now=now)
        turn = self._turns.claimed(guest_id, message_id)
        return self.of_turn(turn, "user", now=now) if turn else None

    def of_turn(self, turn: Turn, role: str, *, now: float) -> Message | None:
        """One of the two messages of a turn; None if it was deleted."""
        item = get(self._table, message_key_of(turn, role))
        return self._settled(item, turn.guest_id, now) if item else None

    def delete_from(
        self, guest_id: str, conversation_id: str, *, first: str = "", end: str = LAST
    ) -> None:
        """Delete the messages of the turns from `first` up to, not including, `end`. The log of
        turns keeps its records."""
        pk = conversation_partition(conversation_id)
        condition = Key("pk").eq(pk) & Key("sk").between(f"MSG#{first}", f"MSG#{end}")
        items = every(self._table.query, KeyConditionExpression=condition, ConsistentRead=True)
        running = []
        with self._table.batch_writer() as batch:
            for item in items:
                batch.delete_item(Key={"pk": pk, "sk": item["sk"]})
                if item["role"] == "user":
                    batch.delete_item(Key=claim_key(guest_id, item["id"]))
                if item["status"] == "streaming":
                    running.append(Turn(guest_id, conversation_id, "", item["id"]))
        for turn in running:
            self._replies.ask_to_stop(turn)

    def _settled(self, item: Item, guest_id: str, now: float) -> Message:
        """The message with the text that is saved so far. A reply whose turn crashed is stored as
        failed here."""
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
