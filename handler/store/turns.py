"""Turns: claimed once by their message id, opened as a whole or not at all, opened again after a
failure."""

import time
from dataclasses import replace

from botocore.exceptions import ClientError

from handler.errors import Conflict, RateLimited
from handler.money import Begun
from handler.store.keys import (
    claim_key,
    conversation_key,
    conversation_to_item,
    message_key_of,
    message_to_item,
)
from handler.store.table import Item, Table, Update, get
from handler.store.turn_log import TurnLog
from handler.telemetry.log import log
from handler.values import Conversation, Message, Turn


class Turns:
    def __init__(self, table: Table, turn_log: TurnLog) -> None:
        self._table = table
        self._turn_log = turn_log

    def claimed(self, guest_id: str, message_id: str) -> Turn | None:
        """The turn that `message_id` started, if it did."""
        item = get(self._table, claim_key(guest_id, message_id))
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

        Its record comes before, outside of the transaction, where it costs half: the reply's id is
        not public yet. `seen` is the newest turn that the caller knows of: if another one started
        since, the conversation is busy. Raises Conflict; an id that was claimed meanwhile is the
        caller's to look up."""
        claim = claim_key(turn.guest_id, turn.message_id) | {
            "conversation_id": turn.conversation_id,
            "reply_id": turn.reply_id,
        }
        if new:
            opened = replace(conversation, turn=turn.reply_id)
            conversation_write = self._put_new(conversation_to_item(turn.guest_id, opened))
        else:
            conversation_write = self._update(_next_turn(turn, seen))
        self._turn_log.begin(turn, begun, now=now)
        try:
            self._transact(
                self._put_new(claim),
                conversation_write,
                self._put(message_to_item(question)),
                self._put(message_to_item(reply) | {"attempt": 0}),
            )
        except Exception:
            self._turn_log.withdraw(turn)
            raise
        if not new:
            self._move_to_the_top(turn, conversation.updated_at)

    def reopen(self, turn: Turn, *, now: float) -> None:
        """Start a failed reply again as attempt `turn.attempt`. Raises Conflict if another call
        did, or the conversation went on."""
        restarted = Update(
            message_key_of(turn, "assistant"),
            "SET #status = :streaming, #text = :empty, attempt = :attempt",
            {
                ":streaming": "streaming",
                ":failed": "failed",
                ":empty": "",
                ":attempt": turn.attempt,
                ":former": turn.attempt - 1,
            },
            "#status = :failed AND attempt = :former",
            {"#status": "status", "#text": "text"},
        )
        key = conversation_key(turn.guest_id, turn.conversation_id)
        still_last = Update(key, "SET turn = :turn", {":turn": turn.reply_id}, "turn = :turn")
        record = self._turn_log.again(turn, now=now)
        self._transact(self._update(restarted), self._update(still_last), self._update(record))

    def _put(self, item: Item) -> Item:
        return {"Put": {"TableName": self._table.name, "Item": item}}

    def _put_new(self, item: Item) -> Item:
        condition = {"ConditionExpression": "attribute_not_exists(pk)"}
        return {"Put": {"TableName": self._table.name, "Item": item} | condition}

    def _update(self, update: Update) -> Item:
        return {"Update": {"TableName": self._table.name} | update.request()}

    def _move_to_the_top(self, turn: Turn, updated_at: str) -> None:
        """Outside the transaction, which would pay double for the index. A list that is a turn
        behind is no reason to end one."""
        key = conversation_key(turn.guest_id, turn.conversation_id)
        try:
            Update(key, "SET updated_at = :now", {":now": updated_at}).apply(self._table)
        except ClientError as error:
            log("moved", turn.reply_id, time.monotonic(), error=repr(error))

    def _transact(self, *writes: Item) -> None:
        try:
            self._table.meta.client.transact_write_items(TransactItems=list(writes))
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons = error.response.get("CancellationReasons", [])
            codes = {reason.get("Code") for reason in reasons}
            if codes & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise Conflict from error
            raise RateLimited(retry_after=2) from error


def _next_turn(turn: Turn, seen: str) -> Update:
    key = conversation_key(turn.guest_id, turn.conversation_id)
    values = {":turn": turn.reply_id, ":seen": seen}
    return Update(key, "SET turn = :turn", values, "turn = :seen")
