"""The worker's process on its wire: the emulator's queue and table, a model whose script the test
writes."""

import json
import time

import pytest

from scripts.worker.writing import PART_SECONDS
from tests.support.fake_openai import Script
from tests.support.waiting import holds, until


def slow() -> Script:
    """A reply that a test has to end: by a stop, or by `go_on`, which says the rest at once."""
    return Script(words=["word "] * 1_000, pace=0.1)


def test_a_job_is_written_into_its_mailbox_and_deleted(queue, model_server, start_worker):
    start_worker()
    job = queue.ask("Count to three.", max_tokens=9)
    mailbox = queue.ended(job)
    assert mailbox.text == "One two three."
    assert {take for take, _ in mailbox.parts} == {1}
    assert mailbox.state["worker"] == "local-1"
    assert mailbox.end.pop("ms_first") >= 0
    assert mailbox.end == {"reason": "stop", "parts": len(mailbox.parts), "input": 7, "output": 3}
    (asked,) = model_server.jobs
    assert asked["messages"] == [{"role": "user", "content": "Count to three."}]
    assert (asked["max_tokens"], asked["temperature"], asked["stream_options"]) == (
        9,
        0.7,
        {"include_usage": True},
    )
    until(lambda: queue.counts(queue.url) == 0, "the queue is empty")


def test_every_item_it_writes_expires_within_an_hour(queue, model_server, start_worker):
    start_worker()
    job = queue.ask()
    queue.ended(job)
    items = queue.table.scan(ConsistentRead=True)["Items"]
    assert {item["sk"] for item in items} >= {"STATE", "PART#1#000000", "local-1"}
    assert all(time.time() + 3500 < item["ttl"] <= time.time() + 3601 for item in items)


def test_words_are_there_as_they_are_written_and_parts_are_few(queue, model_server, start_worker):
    script = model_server.script = Script(words=[f"{n} " for n in range(100)], pace=600)
    start_worker()
    began = time.monotonic()
    job = queue.ask()
    mailbox = queue.wait(job, lambda mailbox: mailbox.parts)
    assert mailbox.parts == [(1, "0 ")], "the first word waits for no other"
    script.go_on(pace=0.02)
    assert not queue.wait(job, lambda mailbox: len(mailbox.parts) > 1).end
    mailbox = queue.ended(job)
    most = (time.monotonic() - began) / PART_SECONDS
    assert mailbox.text == "".join(model_server.script.words)
    assert 4 < len(mailbox.parts) == mailbox.end["parts"] <= most + 4


def test_a_reply_cut_by_its_length_says_so(queue, model_server, start_worker):
    model_server.script = Script(finish="length")
    start_worker()
    assert queue.ended(queue.ask()).end["reason"] == "length"


def test_a_stop_ends_the_model_long_before_its_reply_would(queue, model_server, start_worker):
    model_server.script = slow()
    start_worker()
    job = queue.ask()
    queue.wait(job, lambda mailbox: len(mailbox.parts) > 2)
    queue.stop(job)
    began = time.monotonic()
    until(lambda: model_server.gone == 1, "the worker has left the model")
    seconds = time.monotonic() - began
    assert model_server.said < len(model_server.script.words)
    written = len(queue.read(job).parts)
    holds(lambda: len(queue.read(job).parts) == written, "nothing more is written", 0.6)
    assert queue.read(job).end is None
    until(lambda: queue.counts(queue.url) == 0, "the queue is empty")
    print(f"a stopped reply's model was free after {seconds:.2f} s")


def test_a_stop_before_the_first_word_frees_the_slot(queue, model_server, start_worker):
    model_server.script = Script(first=600)
    worker = start_worker()
    job = queue.ask()
    queue.wait(job, lambda mailbox: "worker" in mailbox.state)
    queue.stop(job)
    until(lambda: worker.logged("job"), "the worker has left the job")
    assert worker.logged("job")[0]["outcome"] == "left"


def test_a_job_given_to_another_is_dropped_and_its_next_take_written(
    queue, model_server, start_worker
):
    model_server.script = slow()
    start_worker()
    job = queue.ask()
    queue.wait(job, lambda mailbox: mailbox.parts)
    model_server.script = Script()
    again = queue.give_away(job)
    mailbox = queue.ended(again)
    assert "".join(text for take, text in sorted_parts(queue, job, take=2)) == "One two three."
    assert mailbox.end["parts"] == len(sorted_parts(queue, job, take=2))
    until(lambda: model_server.gone == 1, "the worker has left the model")


def sorted_parts(queue, job, *, take):
    return [part for part in queue.read(job).parts if part[0] == take]


def test_two_jobs_are_written_side_by_side_and_a_third_waits(queue, model_server, start_worker):
    model_server.script = slow()
    start_worker()
    jobs = [queue.ask() for _ in range(3)]
    until(lambda: model_server.most == 2, "two jobs are being written")
    model_server.script.go_on()
    mailboxes = [queue.ended(job) for job in jobs]
    assert {mailbox.text for mailbox in mailboxes} == {"".join(model_server.script.words)}
    assert model_server.most == 2


def test_presence_tells_what_it_has_in_hand(queue, model_server, start_worker):
    model_server.script = slow()
    lease = int(time.time()) + 500
    worker = start_worker(MODEL_NAME="mistral-7b", UNTIL=lease)
    shown = worker.reaches("ready")
    assert (shown["busy"], shown["slots"], shown["model"]) == (0, 2, "mistral-7b")
    assert shown["until"] == lease
    asked = int(time.time())
    queue.ask()
    until(lambda: queue.workers()["local-1"]["busy"] == 1, "its presence says that it is busy")
    assert queue.workers()["local-1"]["beat"] >= asked


# What is not written: a first receipt is deleted, for the function knows; a later one means that
# somebody did not come back.


@pytest.mark.parametrize("spoil", ["stopped", "taken", "another take", "expired", "no mailbox"])
def test_a_job_that_is_not_to_be_written_is_deleted_on_its_first_receipt(
    queue, model_server, start_worker, spoil
):
    worker = start_worker(VISIBILITY_SECONDS=1)
    job = queue.job(seconds=-1 if spoil == "expired" else 60)
    if spoil != "no mailbox":
        queue.open(job)
    if spoil == "stopped":
        queue.stop(job)
    if spoil == "another take":
        queue.open(job | {"take": 2})
    if spoil == "taken":
        queue.claim(job, "local-9")
    before = queue.read(job).state
    queue.send(job)
    until(lambda: worker.logged("job"), "the worker has looked at the job")
    until(lambda: queue.counts(queue.url) == 0, "the queue is empty")
    assert queue.read(job).parts == []
    assert queue.read(job).state == before
    assert queue.counts(queue.dead) == 0
    assert model_server.jobs == []


def test_the_same_message_twice_is_written_once(queue, model_server, start_worker):
    model_server.script = Script(pace=0.1)
    worker = start_worker()
    job = queue.ask()
    queue.send(job)
    assert queue.ended(job).text == "One two three."
    until(lambda: len(worker.logged("job")) == 2, "the worker has looked at both")
    assert sorted(line["outcome"] for line in worker.logged("job")) == ["refused", "written"]
    assert len(model_server.jobs) == 1
    assert queue.counts(queue.url) == queue.counts(queue.dead) == 0


@pytest.mark.parametrize("body", ["not json", "[]", '{"job": "x"}', "system"])
def test_what_is_no_job_goes_to_the_dead_letters(queue, model_server, start_worker, body):
    if body == "system":
        body = json.dumps(queue.job() | {"messages": [{"role": "system", "content": "Be brief."}]})
    start_worker(VISIBILITY_SECONDS=1)
    began = time.monotonic()
    queue.send(body)
    until(lambda: queue.counts(queue.dead) == 1, "the job is a dead letter")
    seconds = time.monotonic() - began
    assert queue.counts(queue.url) == 0
    assert model_server.jobs == []
    job = queue.ask()
    assert queue.ended(job).text == "One two three."
    print(f"in the dead mailboxes after {seconds:.1f} s, with a visibility of 1 s")


def test_a_job_whose_worker_died_goes_to_the_dead_letters_when_it_comes_again(
    queue, model_server, start_worker
):
    model_server.script = slow()
    first = start_worker("local-1", VISIBILITY_SECONDS=5)
    job = queue.ask()
    queue.wait(job, lambda mailbox: len(mailbox.parts) > 2)
    first.kill()
    kept = queue.read(job)
    start_worker("local-2", VISIBILITY_SECONDS=5)
    until(lambda: queue.counts(queue.dead) == 1, "the job is a dead letter")
    assert queue.read(job).text == kept.text, "never twice in the text"
    assert queue.counts(queue.url) == 0
    assert len(model_server.jobs) == 1
