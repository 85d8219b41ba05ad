"""The owner's side of the table: whose conversations there are, and many items at once. Its keys
are the store's."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from handler.store.errors import BUSY
from handler.store.keys import conversation_from_item, owner
from handler.values import Conversation
from scripts.console.progress import Failure

# The most that BatchGetItem and BatchWriteItem take (API reference).
READ, WRITE = 100, 25
# Requests under way at once; botocore keeps ten connections.
AT_ONCE = 8
# How often what DynamoDB left undone is tried again, and the longest pause before (seconds); all in
# all a minute.
TRIES, PAUSE = 12, 10
_LATER = BUSY | {"InternalServerError"}


class ArchiveTable:
    """What the chat's own store never does: it reads across guests, and writes without asking."""

    def __init__(self, table, sleep: Callable[[float], None] = time.sleep):
        self._table, self._sleep = table, sleep
        self._client = table.meta.client

    def owners(self) -> Counter:
        """How many conversations each guest id has, also one whose invite was revoked. Only
        conversations are in the index."""
        found = Counter()
        asked = {"IndexName": "by_activity", "ProjectionExpression": "pk", "ConsistentRead": True}
        for item in _pages(self._table.scan, asked):
            found[item["pk"].removeprefix("OWNER#")] += 1
        return found

    def conversations(self, guest_id: str) -> Iterator[Conversation]:
        """A guest's conversations by id, the oldest first: in an order that no activity changes
        meanwhile."""
        condition = Key("pk").eq(owner(guest_id)) & Key("sk").begins_with("CONV#")
        for item in _pages(
            self._table.query,
            {"KeyConditionExpression": condition, "ConsistentRead": True, "Limit": READ},
        ):
            yield conversation_from_item(item)

    def found(self, keys: Iterable[dict]) -> dict[tuple[str, str], dict]:
        """The items behind those of `keys` that exist, by key, without their larger attributes.
        Raises Failure."""
        found = {}
        for batch in _batches({(key["pk"], key["sk"]): key for key in keys}.values(), READ):
            asked = {
                "Keys": batch,
                "ConsistentRead": True,
                "ProjectionExpression": "pk, sk, guest_id, conversation_id, attempt",
            }
            for answer in self._until_done(self._client.batch_get_item, asked, "UnprocessedKeys"):
                for item in answer.get("Responses", {}).get(self._table.name, []):
                    found[item["pk"], item["sk"]] = item
        return found

    def put(self, items: Iterable[dict]) -> None:
        """Writes all items, in any order; returns when every one is kept. Raises Failure."""
        # One request may not name a key twice.
        requests = [
            {"PutRequest": {"Item": item}}
            for item in {(item["pk"], item["sk"]): item for item in items}.values()
        ]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                for done in [
                    pool.submit(self._write, batch) for batch in _batches(requests, WRITE)
                ]:
                    done.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _write(self, requests: list[dict]) -> None:
        for _ in self._until_done(self._client.batch_write_item, requests, "UnprocessedItems"):
            pass

    def _until_done(
        self, call: Callable[..., dict], asked: list | dict, undone: str
    ) -> Iterator[dict]:
        """The answers to a request and to what DynamoDB left of it undone, with growing pauses
        between."""
        for tried in range(TRIES):
            try:
                answer = call(RequestItems={self._table.name: asked})
            except ClientError as error:
                if error.response["Error"]["Code"] not in _LATER:
                    raise
            else:
                yield answer
                left = answer.get(undone, {})
                if not left:
                    return
                asked = left[self._table.name]
            self._sleep(random.uniform(0.5, 1) * min(PAUSE, 0.05 * 2**tried))
        raise Failure("DynamoDB is too busy: run the same command again in a while.")


def _pages(call: Callable[..., dict], asked: dict) -> Iterator[dict]:
    """The items of all pages; a page has 1 MB at most."""
    start = {}
    while True:
        page = call(**asked, **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _batches(things: Iterable, size: int) -> Iterator[list]:
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch
