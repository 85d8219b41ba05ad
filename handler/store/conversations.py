"""Conversations: found, listed by activity, renamed, deleted with all that belongs to them."""

from boto3.dynamodb.conditions import Key

from handler.errors import NotFound
from handler.store.keys import conversation_from_item, conversation_key, owner, page_of
from handler.store.messages import Messages
from handler.store.table import Table, Update, every, get
from handler.values import Conversation


class Conversations:
    """A guest's conversations. Another guest's id is one that does not exist: keys begin with the
    caller's own guest id."""

    def __init__(self, table: Table, messages: Messages) -> None:
        self._table = table
        self._messages = messages

    def get(self, guest_id: str, conversation_id: str) -> Conversation:
        """Raises NotFound."""
        item = get(self._table, conversation_key(guest_id, conversation_id))
        if item is None:
            raise NotFound
        return conversation_from_item(item)

    def page(
        self, guest_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[Conversation], str | None]:
        """At most `limit` conversations, newest activity first, and the cursor of the next page.
        Raises InvalidRequest for a bad cursor."""
        pk = owner(guest_id)
        items, following = page_of(
            self._table,
            pk,
            ("sk", "updated_at"),
            cursor,
            IndexName="by_activity",
            KeyConditionExpression=Key("pk").eq(pk),
            ScanIndexForward=False,
            Limit=limit,
        )
        return [conversation_from_item(item) for item in items], following

    def rename(self, guest_id: str, conversation_id: str, title: str) -> Conversation:
        """Raises NotFound."""
        key = conversation_key(guest_id, conversation_id)
        renamed = Update(key, "SET title = :title", {":title": title})
        item = renamed.apply(self._table, "ALL_NEW")
        if item is None:
            raise NotFound
        return conversation_from_item(item)

    def delete(self, guest_id: str, conversation_id: str) -> None:
        """Deletes the messages first, so that a run that broke off can be repeated. Raises
        NotFound."""
        self.get(guest_id, conversation_id)
        self._messages.delete_from(guest_id, conversation_id)
        self._table.delete_item(Key=conversation_key(guest_id, conversation_id))

    def delete_all(self, guest_id: str) -> None:
        # By id, an order that no activity changes meanwhile.
        condition = Key("pk").eq(owner(guest_id)) & Key("sk").begins_with("CONV#")
        for item in every(self._table.query, KeyConditionExpression=condition, ConsistentRead=True):
            self.delete(guest_id, item["id"])
