"""Turns: claimed once by message id, opened as a whole or not at all, reopened after a failure."""

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
from handler.store.table import Put, Table, Update, get, transact
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
        """Stores all that a turn starts with, or nothing: claim, conversation, both messages.

        Its record comes before, outside of the transaction, where it costs half: the reply's id is
        not public yet. `seen` is the newest turn that the caller knows of: if another one started
        since, the conversation is busy. Raises Conflict, also for an id claimed meanwhile."""
        claim = {"conversation_id": turn.conversation_id, "reply_id": turn.reply_id}
        key = conversation_key(turn.guest_id, turn.conversation_id)
        started = conversation_to_item(turn.guest_id, replace(conversation, turn=turn.reply_id))
        goes_on = Update.setting(key, {"turn": turn.reply_id}, "#turn = :seen", {":seen": seen})
        self._turn_log.begin(turn, begun, now=now)
        try:
            self._transact(
                Put(claim_key(turn.guest_id, turn.message_id) | claim),
                Put(started) if new else goes_on,
                Put(message_to_item(question), condition=""),
                Put(message_to_item(reply) | {"attempt": 0}, condition=""),
            )
        except Exception:
            self._turn_log.withdraw(turn)
            raise
        if not new:
            self._move_to_the_top(turn, conversation.updated_at)

    def reopen(self, turn: Turn, *, now: float) -> None:
        """Starts attempt `turn.attempt` at a failed reply. Raises Conflict if another call did, or
        the conversation went on."""
        key = conversation_key(turn.guest_id, turn.conversation_id)
        self._transact(
            Update.setting(
                message_key_of(turn, "assistant"),
                {"status": "streaming", "text": "", "attempt": turn.attempt},
                "#status = :failed AND #attempt = :former",
                {":failed": "failed", ":former": turn.attempt - 1},
            ),
            Update.setting(key, {"turn": turn.reply_id}, "#turn = :turn"),
            self._turn_log.again(turn, now=now),
        )

    def _move_to_the_top(self, turn: Turn, updated_at: str) -> None:
        """Outside the transaction, which would pay double for the index. A list that is a turn
        behind is no reason to end one."""
        key = conversation_key(turn.guest_id, turn.conversation_id)
        try:
            Update.setting(key, {"updated_at": updated_at}).apply(self._table)
        except ClientError as error:
            log("moved", turn.reply_id, time.monotonic(), error=repr(error))

    def _transact(self, *writes: Put | Update) -> None:
        try:
            transact(self._table, *writes)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons = error.response.get("CancellationReasons", [])
            codes = {reason.get("Code") for reason in reasons}
            if codes & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise Conflict from error
            raise RateLimited(retry_after=2) from error
