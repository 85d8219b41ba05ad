"""The function's side of the model worker: a job out, a reply in, over DynamoDB's wire; the worker
here is the test."""

import json
import time

import pytest
from boto3.dynamodb.conditions import Attr

from handler.errors import ModelUnavailable, TooLarge
from handler.models import worker as backend
from handler.models.catalog import worker_card
from handler.models.prompt import build_prompt
from tests.support.waiting import until


@pytest.fixture
def bench(bench):
    bench.store.switch.switch_on(until=4_000_000_000, backend="worker")
    return bench


@pytest.fixture
def impatient(monkeypatch):
    """Waits that a test can wait for."""
    for name, seconds in {"_NONE_READY": 0.6, "_BUSY": 1.5, "_SILENT": 2}.items():
        monkeypatch.setattr(backend, name, seconds)


class Hand:
    """What a worker writes for one job."""

    def __init__(self, table, job: dict):
        self.table, self.job = table, job
        self.key = {"pk": f"MAILBOX#{job['job']}", "sk": "STATE"}
        self.parts = 0

    def _state(self, update: str, **values) -> None:
        self.table.update_item(
            Key=self.key,
            UpdateExpression=update,
            ConditionExpression=Attr("take").eq(self.job["take"]) & Attr("stop").not_exists(),
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
            **({"ExpressionAttributeNames": {"#end": "end"}} if "#end" in update else {}),
        )

    def claim(self) -> None:
        self._state("SET worker = :me, beat = :beat", me="w1", beat=1)

    def beat(self) -> None:
        self._state("SET beat = :beat", beat=time.monotonic_ns())

    def write(self, text: str) -> None:
        sk = f"PART#{self.job['take']}#{self.parts:06d}"
        self.table.put_item(Item={"pk": self.key["pk"], "sk": sk, "text": text})
        self.parts += 1

    def end(self, reason: str = "stop") -> None:
        self._state(
            "SET #end = :end", end={"reason": reason, "parts": self.parts, "input": 7, "output": 3}
        )


def deltas(bench) -> str:
    return "".join(frame["text"] for frame in bench.frames("c1") if frame["type"] == "delta")


def present(table, state: str, *, now: float, busy: int = 0) -> None:
    item = {
        "pk": "MAILBOX#WORKERS",
        "sk": "w1",
        "state": state,
        "beat": int(now),
        "busy": busy,
        "slots": 2,
    }
    table.put_item(Item=item)


def test_a_reply_comes_from_the_worker_word_by_word_and_costs_no_tokens(bench, token, table):
    bench.begin("c1", token)
    job = json.loads(bench.jobs.get(timeout=120))
    assert job["messages"] == [{"role": "user", "content": "You are Forever Us.\n\nHi"}]
    assert (job["take"], job["max_tokens"]) == (1, 512)
    assert job["expires_at"] > bench.app.http.clock()
    hand = Hand(table, job)
    hand.claim()
    left = int(table.get_item(Key=hand.key)["Item"]["ttl"]) - bench.app.http.clock()
    assert 3_500 < left <= 3_600, "the table forgets the job within an hour"
    hand.write("Hello ")
    began = time.monotonic()
    until(lambda: deltas(bench) == "Hello ", "the part is a delta")
    print(f"a part was told after {(time.monotonic() - began) * 1000:.0f} ms")
    hand.write("there.")
    hand.end()
    bench.invoker.settle()
    finished = bench.frames("c1")[-1]["message"]
    assert (finished["status"], finished["model"]) == ("complete", "worker")
    assert finished["usage"] == {"input_tokens": 7, "output_tokens": 3, "cost_usd": 0}
    assert deltas(bench) == "Hello there."
    assert bench.model.calls == 0


def test_a_stop_reaches_the_worker(bench, token, table):
    bench.begin("c1", token)
    hand = Hand(table, json.loads(bench.jobs.get(timeout=120)))
    hand.claim()
    hand.write("Hello ")
    until(lambda: deltas(bench), "the part is a delta")
    reply = next(frame for frame in bench.frames("c1") if frame["type"] == "started")["reply_id"]
    began = time.monotonic()
    bench.call("POST /messages/{id}/stop", token=token, id=reply)
    with pytest.raises(table.meta.client.exceptions.ConditionalCheckFailedException):
        until(hand.beat, "the stop refuses the worker's write")
    print(f"the worker's write was refused {time.monotonic() - began:.2f} s after the stop")
    bench.invoker.settle()
    assert bench.frames("c1")[-1]["message"]["status"] == "stopped"


def test_a_worker_that_dies_before_its_first_word_is_replaced(bench, token, table, impatient):
    bench.begin("c1", token)
    Hand(table, json.loads(bench.jobs.get(timeout=120))).claim()
    job = json.loads(bench.jobs.get(timeout=120))
    assert job["take"] == 2
    second = Hand(table, job)
    second.claim()
    second.write("Here.")
    second.end()
    bench.invoker.settle()
    assert (deltas(bench), bench.frames("c1")[-1]["message"]["status"]) == ("Here.", "complete")


def test_a_worker_that_dies_in_mid_reply_leaves_the_partial_and_no_second_text(
    bench, token, table, impatient
):
    bench.begin("c1", token)
    hand = Hand(table, json.loads(bench.jobs.get(timeout=120)))
    hand.claim()
    hand.write("Half a ")
    bench.invoker.settle()
    failed = bench.frames("c1")[-1]
    assert (failed["code"], failed["detail"], failed["retryable"]) == (
        "model_unavailable",
        backend.LOST,
        True,
    )
    assert deltas(bench) == "Half a "
    assert bench.jobs.empty()
    reply = bench.message(token, bench.frames("c1")[0]["reply_id"])
    assert (reply["text"], reply["status"], reply["model"]) == ("Half a ", "failed", "worker")


def test_a_job_that_ends_two_workers_is_given_to_no_third(bench, token, table, impatient):
    bench.begin("c1", token)
    for _ in range(2):
        Hand(table, json.loads(bench.jobs.get(timeout=120))).claim()
    bench.invoker.settle()
    assert bench.frames("c1")[-1]["detail"] == backend.LOST
    assert bench.jobs.empty()


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (None, backend.NONE),
        ("loading", backend.STARTING),
        ("downloading", backend.STARTING),
        ("ready", backend.BUSY),
        ("failed", backend.NONE),
        ("stopping", backend.NONE),
    ],
)
def test_a_job_that_nobody_takes_says_why(bench, token, table, impatient, state, sentence):
    if state:
        present(table, state, now=bench.app.http.clock(), busy=2)
    answer = bench.ask(token)
    assert (answer.status, answer.code, answer.body["detail"]) == (
        503,
        "model_unavailable",
        sentence,
    )
    # Whoever finds the job later must not write.
    hand = Hand(table, json.loads(bench.jobs.get(timeout=120)))
    with pytest.raises(table.meta.client.exceptions.ConditionalCheckFailedException):
        hand.claim()


def test_a_job_that_a_dying_workers_last_poll_swallowed_is_sent_once_more(
    bench, token, table, monkeypatch
):
    monkeypatch.setattr(backend, "_REPEAT", 1)
    bench.begin("c1", token)
    first = json.loads(bench.jobs.get(timeout=120))
    assert json.loads(bench.jobs.get(timeout=120))["job"] == first["job"]
    hand = Hand(table, first)
    hand.claim()
    hand.write("Here.")
    # Longer than after which it would send the job again.
    time.sleep(1.5)
    hand.end()
    bench.invoker.settle()
    assert deltas(bench) == "Here."
    assert bench.jobs.empty()


def test_a_worker_that_could_not_write_says_so_and_bedrock_is_not_asked_instead(
    bench, token, table
):
    bench.begin("c1", token)
    hand = Hand(table, json.loads(bench.jobs.get(timeout=120)))
    hand.claim()
    hand.end("failed")
    bench.invoker.settle()
    assert bench.frames("c1")[-1]["detail"] == backend.FAILED
    assert bench.model.calls == 0


def test_a_queue_that_does_not_answer_is_a_model_that_cannot_be_reached():
    def send(_body: str) -> None:
        raise backend.ClientError(
            {"Error": {"Code": "AWS.SimpleQueueService.NonExistentQueue"}}, "SendMessage"
        )

    class Mailbox:
        stopped = False

        def open(self, job, *, now):
            pass

        def stop(self, job):
            self.stopped = True

    mailbox = Mailbox()
    answer = backend.WorkerModel(mailbox, send, worker_card()).answer(
        build_prompt("", [], "Hi"), max_tokens=10
    )
    with pytest.raises(ModelUnavailable):
        list(answer)
    answer.close()
    assert mailbox.stopped


def test_what_does_not_fit_the_workers_context_is_told_before_anything_is_asked():
    with pytest.raises(TooLarge):
        backend.WorkerModel(None, print, worker_card()).answer(
            build_prompt("", [], "word " * 3_000), max_tokens=1_024
        )
