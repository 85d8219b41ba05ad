"""Turns: claimed once by their message id, opened as a whole or not at all, opened again after a
failure."""

import time
from dataclasses import replace

from botocore.exceptions import ClientError

from handler.errors import Conflict, RateLimited
from handler.money import Begun
from handler.store.keys import (
    claim_key,
    condition_failed,
    conversation_key,
    conversation_partition,
    conversation_to_item,
    message_key,
    message_to_item,
)
from handler.store.turn_log import TurnLog
from handler.telemetry.log import log
from handler.values import Conversation, Message, Turn


class Turns:
    """How a turn starts."""

    def __init__(self, table, records: TurnLog):
        self._table, self._records = table, records
        self._client = table.meta.client

    def claimed(self, guest_id: str, message_id: str) -> Turn | None:
        """The turn that `message_id` started, if it did."""
        item = self._table.get_item(Key=claim_key(guest_id, message_id), ConsistentRead=True).get(
            "Item"
        )
        if item is None:
            return None
        return Turn(guest_id, item["conversation_id"], message_id, item["reply_id"])

    def open(
        self,
        turn: Turn,
        conversation: Conversation,
        question: Message,
        reply: Message,
        *,
        begun: Begun,
        new: bool,
        seen: str,
        now: float,
    ) -> None:
        """Store everything that a turn starts with, or nothing: claim, conversation, both messages.

        Its record comes before, outside of the transaction: nobody knows the reply's id yet, and so
        it costs half. `seen` is the newest turn that the caller knows of: if another one started
        since, the conversation is busy. Raises Conflict; an id that was claimed meanwhile is the
        caller's to look up."""
        claim = claim_key(turn.guest_id, turn.message_id) | {
            "conversation_id": turn.conversation_id,
            "reply_id": turn.reply_id,
        }
        transaction = [
            self._put(claim, ConditionExpression="attribute_not_exists(pk)"),
            self._new_conversation(turn, conversation) if new else self._next_turn(turn, seen),
            self._put(message_to_item(question)),
            self._put(message_to_item(reply) | {"attempt": 0}),
        ]
        self._records.begin(turn, begun, now=now)
        try:
            self._transact(transaction)
        except Exception:
            self._records.withdraw(turn)
            raise
        if not new:
            self._move_to_the_top(turn, conversation.updated_at)

    def reopen(self, turn: Turn, *, now: float) -> None:
        """Start a failed reply again as attempt `turn.attempt`. Raises Conflict if someone else
        did, or the conversation went on."""
        reply_key = {
            "pk": conversation_partition(turn.conversation_id),
            "sk": message_key(turn.reply_id, "assistant"),
        }
        self._transact(
            [
                self._update(
                    reply_key,
                    "SET #status = :streaming, #text = :empty, attempt = :attempt",
                    "#status = :failed AND attempt = :former",
                    {
                        ":streaming": "streaming",
                        ":failed": "failed",
                        ":empty": "",
                        ":attempt": turn.attempt,
                        ":former": turn.attempt - 1,
                    },
                    {"#status": "status", "#text": "text"},
                ),
                self._update(
                    conversation_key(turn.guest_id, turn.conversation_id),
                    "SET turn = :turn",
                    "turn = :turn",
                    {":turn": turn.reply_id},
                ),
                self._go_on(*self._records.again(turn, now=now)),
            ]
        )

    def _put(self, item: dict, **condition) -> dict:
        return {"Put": {"TableName": self._table.name, "Item": item, **condition}}

    def _update(
        self, key: dict, update: str, condition: str, values: dict, names: dict | None = None
    ) -> dict:
        entry = {
            "TableName": self._table.name,
            "Key": key,
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        return {"Update": entry | ({"ExpressionAttributeNames": names} if names else {})}

    def _go_on(self, key: dict, update: str, values: dict) -> dict:
        return self._update(key, update, "attribute_exists(pk)", values)

    def _new_conversation(self, turn: Turn, conversation: Conversation) -> dict:
        item = conversation_to_item(turn.guest_id, replace(conversation, turn=turn.reply_id))
        return self._put(item, ConditionExpression="attribute_not_exists(pk)")

    def _next_turn(self, turn: Turn, seen: str) -> dict:
        key = conversation_key(turn.guest_id, turn.conversation_id)
        return self._update(
            key, "SET turn = :turn", "turn = :seen", {":turn": turn.reply_id, ":seen": seen}
        )

    def _move_to_the_top(self, turn: Turn, updated_at: str) -> None:
        """Outside the transaction, which would pay double for the index. A list that is a turn
        behind is no reason to end one."""
        try:
            self._table.update_item(
                Key=conversation_key(turn.guest_id, turn.conversation_id),
                UpdateExpression="SET updated_at = :now",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":now": updated_at},
            )
        except ClientError as error:
            if not condition_failed(error):
                log("moved", turn.reply_id, time.monotonic(), error=repr(error))

    def _transact(self, transaction: list[dict]) -> None:
        try:
            self._client.transact_write_items(TransactItems=transaction)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = {
                reason.get("Code") for reason in error.response.get("CancellationReasons", [])
            }
            if reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise Conflict from error
            raise RateLimited(retry_after=2) from error
