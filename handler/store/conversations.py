"""Conversations: found, listed by activity, renamed, deleted with all that belongs to them."""

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from handler.errors import NotFound
from handler.store.keys import (
    condition_failed,
    conversation_from_item,
    conversation_key,
    cursor_from,
    key_from,
    owner,
)
from handler.store.messages import Messages
from handler.values import Conversation

_CURSOR = ("sk", "updated_at")


class Conversations:
    """A guest's conversations. A foreign id is an id that does not exist: keys begin with the
    caller's own guest id."""

    def __init__(self, table, messages: Messages):
        self._table = table
        self._messages = messages

    def get(self, guest_id: str, conversation_id: str) -> Conversation:
        """Raises NotFound."""
        item = self._table.get_item(
            Key=conversation_key(guest_id, conversation_id), ConsistentRead=True
        ).get("Item")
        if item is None:
            raise NotFound
        return conversation_from_item(item)

    def page(
        self, guest_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[Conversation], str | None]:
        """At most `limit` conversations, newest activity first, and the cursor of the next page."""
        pk = owner(guest_id)
        start = {"ExclusiveStartKey": key_from(cursor, _CURSOR, pk)} if cursor else {}
        answer = self._table.query(
            IndexName="by_activity",
            KeyConditionExpression=Key("pk").eq(pk),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit,
            **start,
        )
        return [conversation_from_item(item) for item in answer["Items"]], cursor_from(
            answer.get("LastEvaluatedKey"), _CURSOR
        )

    def rename(self, guest_id: str, conversation_id: str, title: str) -> Conversation:
        """Raises NotFound."""
        try:
            answer = self._table.update_item(
                Key=conversation_key(guest_id, conversation_id),
                UpdateExpression="SET title = :title",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":title": title},
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if condition_failed(error):
                raise NotFound from error
            raise
        return conversation_from_item(answer["Attributes"])

    def delete(self, guest_id: str, conversation_id: str) -> None:
        """Delete a conversation and its messages; messages first, so that a broken run can be
        repeated. Raises NotFound."""
        self.get(guest_id, conversation_id)
        self._messages.delete_from(guest_id, conversation_id)
        self._table.delete_item(Key=conversation_key(guest_id, conversation_id))

    def delete_all(self, guest_id: str) -> None:
        """Delete every conversation of a guest."""
        while True:
            conversations, cursor = self.page(guest_id, limit=100, cursor=None)
            for conversation in conversations:
                self.delete(guest_id, conversation.id)
            if cursor is None:
                return
