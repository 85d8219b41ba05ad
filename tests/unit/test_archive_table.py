"""What DynamoDB leaves undone is done again, and a long run says how far it is."""

import io

import pytest
from botocore.exceptions import ClientError

from scripts.archive.table import TRIES, ArchiveTable
from scripts.console.counter import Counter
from scripts.console.progress import Failure


class Busy:
    """A DynamoDB that leaves most of each batch undone, and sometimes refuses all of it."""

    def __init__(self, *, refuses: bool = False):
        self.meta, self.client, self.name = self, self, "table"
        self.kept, self.calls, self._refuses = [], 0, refuses

    def batch_write_item(self, RequestItems: dict) -> dict:
        self.calls += 1
        if self._refuses or self.calls == 1:
            raise ClientError(
                {"Error": {"Code": "ProvisionedThroughputExceededException"}}, "BatchWriteItem"
            )
        (requests,) = RequestItems.values()
        assert 0 < len(requests) <= 25
        self.kept += [request["PutRequest"]["Item"]["sk"] for request in requests[:10]]
        return {"UnprocessedItems": {"table": requests[10:]} if requests[10:] else {}}

    def batch_get_item(self, RequestItems: dict) -> dict:
        ((name, asked),) = RequestItems.items()
        assert 0 < len(asked["Keys"]) <= 100
        left = {name: asked | {"Keys": asked["Keys"][30:]}} if asked["Keys"][30:] else {}
        return {"Responses": {name: asked["Keys"][:30]}, "UnprocessedKeys": left}


def test_what_dynamodb_leaves_undone_is_done_again():
    busy, pauses = Busy(), []
    items = [{"pk": "a", "sk": str(n)} for n in range(110)]
    ArchiveTable(busy, pauses.append).put([*items, items[0]])
    assert sorted(busy.kept) == sorted(item["sk"] for item in items)
    assert len(pauses) >= 9
    assert len(ArchiveTable(Busy(), pauses.append).found(items)) == 110


def test_a_dynamodb_that_stays_busy_ends_the_run_with_a_sentence():
    busy, pauses = Busy(refuses=True), []
    with pytest.raises(Failure, match="too busy: run the same command again in a while"):
        ArchiveTable(busy, pauses.append).put([{"pk": "a", "sk": "b"}])
    assert (busy.calls, len(pauses)) == (TRIES, TRIES)
    assert 20 < sum(pauses) < 60


@pytest.mark.parametrize(("terminal", "shown"), [(False, 3), (True, 29)])
def test_progress_is_silent_for_two_seconds_and_then_tells_count_and_rate(terminal, shown):
    stream = io.StringIO()
    stream.isatty = lambda: terminal
    clock = {"now": 0.0}
    pace = Counter("Exported", 10_000, stream=stream, clock=lambda: clock["now"])
    for _ in range(30):
        clock["now"] += 1
        pace.step(100)
    said = stream.getvalue().replace("\r\033[K", "\n").split("\n")
    lines = [line for line in said if line]
    assert lines[0] == "Exported 200 of 10,000 conversations, 100 a second"
    assert len(lines) == shown
