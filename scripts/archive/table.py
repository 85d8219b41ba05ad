"""The owner's side of the table: whose conversations there are, and many items at once. Its keys
are the store's."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from handler.store.errors import BUSY
from handler.store.keys import conversation_from_item, owner
from handler.store.table import Item, every
from handler.values import Conversation
from scripts.console.progress import Failure

# The most that BatchGetItem and BatchWriteItem take (API reference).
READ, WRITE = 100, 25
# Requests under way at once; botocore keeps ten connections.
AT_ONCE = 8
# How often a request that DynamoDB left undone is repeated, and the longest pause before (seconds);
# all in all a minute.
TRIES, PAUSE = 12, 10
_LATER = BUSY | {"InternalServerError"}
# What an import needs to know of an item that exists.
_PARTS = "pk, sk, guest_id, conversation_id, attempt"


class ArchiveTable:
    """What the chat's own store never does: it reads across guests, and overwrites."""

    def __init__(self, table: Any, sleep: Callable[[float], None] = time.sleep):
        self._table = table
        self._sleep = sleep

    def owners(self) -> Counter[str]:
        """How many conversations each guest id has, also one whose invite was revoked. Only
        conversations are in the index."""
        request = {"IndexName": "by_activity", "ProjectionExpression": "pk", "ConsistentRead": True}
        found: Counter[str] = Counter()
        while True:
            page = self._table.scan(**request)
            found.update(item["pk"].removeprefix("OWNER#") for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return found
            request |= {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def conversations(self, guest_id: str) -> Iterator[Conversation]:
        """By id, the oldest first: in an order that no activity changes meanwhile."""
        condition = Key("pk").eq(owner(guest_id)) & Key("sk").begins_with("CONV#")
        return map(conversation_from_item, every(self._table, condition))

    def found(self, keys: Iterable[Item]) -> dict[tuple[str, str], Item]:
        """The items behind those of `keys` that exist, by key, without their larger attributes.
        Raises Failure."""
        found: dict[tuple[str, str], Item] = {}
        read = self._table.meta.client.batch_get_item
        for batch in _batches(_by_key(keys).values(), READ):
            request = {"Keys": batch, "ConsistentRead": True, "ProjectionExpression": _PARTS}
            for answer in self._until_done(read, request, "UnprocessedKeys"):
                found |= _by_key(answer.get("Responses", {}).get(self._table.name, []))
        return found

    def put(self, items: Iterable[Item]) -> None:
        """Writes all items, in any order; returns when every one is kept. Raises Failure."""
        # One request may not name a key twice.
        requests = [{"PutRequest": {"Item": item}} for item in _by_key(items).values()]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                running = [pool.submit(self._write, batch) for batch in _batches(requests, WRITE)]
                for one in running:
                    one.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _write(self, requests: list[Item]) -> None:
        write = self._table.meta.client.batch_write_item
        for _ in self._until_done(write, requests, "UnprocessedItems"):
            pass

    def _until_done(
        self, call: Callable[..., Item], request: list | dict, undone: str
    ) -> Iterator[Item]:
        """The answers to a request and to what DynamoDB left of it undone, with growing pauses
        between."""
        for tried in range(TRIES):
            try:
                answer = call(RequestItems={self._table.name: request})
            except ClientError as error:
                if error.response["Error"]["Code"] not in _LATER:
                    raise
            else:
                yield answer
                if not (left := answer.get(undone)):
                    return
                request = left[self._table.name]
            self._sleep(random.uniform(0.5, 1) * min(PAUSE, 0.05 * 2**tried))
        raise Failure("DynamoDB is too busy: run the same command again in a while.")


def pair(key: Item) -> tuple[str, str]:
    return key["pk"], key["sk"]


def _by_key(items: Iterable[Item]) -> dict[tuple[str, str], Item]:
    return {pair(item): item for item in items}


def _batches(things: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch
