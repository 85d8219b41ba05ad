"""The worker's process on its wire: the emulator's queue and table, a model whose script the test
writes."""

import json
import time

import pytest

from tests.support.fake_openai import Script
from tests.support.worker import wait

SLOW = Script(words=["word "] * 400, pace=0.05)


def test_a_job_is_written_into_its_mailbox_and_deleted(post, said, start_worker):
    start_worker()
    job = post.ask("Count to three.", max_tokens=9)
    letter = post.ended(job)
    assert letter.text == "One two three."
    assert {take for take, _ in letter.parts} == {1}
    assert letter.state["worker"] == "local-1"
    first = letter.end.pop("ms_first")
    assert 0 <= first < 2000
    assert letter.end == {"reason": "stop", "parts": len(letter.parts), "input": 7, "output": 3}
    (asked,) = said.jobs
    assert asked["messages"] == [{"role": "user", "content": "Count to three."}]
    assert (asked["max_tokens"], asked["temperature"], asked["stream_options"]) == (
        9,
        0.7,
        {"include_usage": True},
    )
    wait(lambda: post.counts(post.url) == 0)


def test_every_item_it_writes_expires_within_an_hour(post, said, start_worker):
    start_worker()
    job = post.ask()
    post.ended(job)
    items = post.table.scan(ConsistentRead=True)["Items"]
    assert {item["sk"] for item in items} >= {"STATE", "PART#1#000000", "local-1"}
    assert all(time.time() + 3500 < item["ttl"] <= time.time() + 3601 for item in items)


def test_words_are_there_within_half_a_second_and_parts_are_few(post, said, start_worker):
    said.script = Script(words=[f"{n} " for n in range(100)], pace=0.02)
    start_worker()
    job = post.ask()
    letter = post.wait(job, lambda letter: letter.parts)
    seen = time.monotonic()
    assert letter.parts[0][1] == "0 ", "the first word waits for no other"
    post.wait(job, lambda letter: len(letter.parts) > 1)
    assert time.monotonic() - seen < 0.5
    letter = post.ended(job)
    assert letter.text == "".join(said.script.words)
    assert len(letter.parts) == letter.end["parts"] <= 100 * 0.02 / 0.2 + 4


def test_a_reply_cut_by_its_length_says_so(post, said, start_worker):
    said.script = Script(finish="length")
    start_worker()
    assert post.ended(post.ask()).end["reason"] == "length"


def test_a_stop_ends_the_model_within_a_second(post, said, start_worker):
    said.script = SLOW
    start_worker()
    job = post.ask()
    post.wait(job, lambda letter: len(letter.parts) > 2)
    post.stop(job)
    began = time.monotonic()
    wait(lambda: said.gone == 1)
    seconds = time.monotonic() - began
    assert seconds < 1
    written = len(post.read(job).parts)
    time.sleep(0.6)
    assert len(post.read(job).parts) == written
    assert post.read(job).end is None
    wait(lambda: post.counts(post.url) == 0)
    print(f"a stopped reply's model was free after {seconds:.2f} s")


def test_a_stop_before_the_first_word_frees_the_slot(post, said, start_worker):
    said.script = Script(first=20)
    worker = start_worker()
    job = post.ask()
    post.wait(job, lambda letter: "worker" in letter.state)
    post.stop(job)
    wait(lambda: worker.logged("job"), seconds=2)
    assert worker.logged("job")[0]["outcome"] == "left"


def test_a_job_given_to_another_is_dropped_and_its_next_take_written(post, said, start_worker):
    said.script = SLOW
    start_worker()
    job = post.ask()
    post.wait(job, lambda letter: letter.parts)
    said.script = Script()
    again = post.give_away(job)
    letter = post.ended(again)
    assert "".join(text for take, text in sorted_parts(post, job, take=2)) == "One two three."
    assert letter.end["parts"] == len(sorted_parts(post, job, take=2))
    wait(lambda: said.gone == 1)


def sorted_parts(post, job, *, take):
    return [part for part in post.read(job).parts if part[0] == take]


def test_two_jobs_are_written_side_by_side_and_a_third_waits(post, said, start_worker):
    said.script = Script(words=["a "] * 20, pace=0.05)
    start_worker()
    jobs = [post.ask() for _ in range(3)]
    letters = [post.ended(job) for job in jobs]
    assert [letter.text for letter in letters] == ["a " * 20] * 3
    assert said.most == 2


def test_presence_tells_what_it_has_in_hand(post, said, start_worker):
    said.script = SLOW
    worker = start_worker(MODEL_NAME="mistral-7b", UNTIL=int(time.time()) + 500)
    shown = worker.is_("ready")
    assert (shown["busy"], shown["slots"], shown["model"]) == (0, 2, "mistral-7b")
    assert abs(int(shown["until"]) - time.time() - 500) < 15
    post.ask()
    wait(lambda: post.workers()["local-1"]["busy"] == 1, seconds=8)
    assert time.time() - int(post.workers()["local-1"]["beat"]) < 6


# What is not written: a first receipt is deleted, for the function knows; a later one means that
# somebody did not come back.


@pytest.mark.parametrize("spoil", ["stopped", "taken", "another take", "expired", "no mailbox"])
def test_a_job_that_is_not_to_be_written_is_deleted_on_its_first_receipt(
    post, said, start_worker, spoil
):
    worker = start_worker(VISIBILITY_SECONDS=1)
    job = post.job(seconds=-1 if spoil == "expired" else 60)
    if spoil != "no mailbox":
        post.open(job)
    if spoil == "stopped":
        post.stop(job)
    if spoil == "another take":
        post.open(job | {"take": 2})
    if spoil == "taken":
        post._update(job, "SET worker = :id, beat = :id", {":id": "local-9"})
    before = post.read(job).state
    post.send(job)
    wait(lambda: worker.logged("job"))
    wait(lambda: post.counts(post.url) == 0)
    assert post.read(job).parts == []
    assert post.read(job).state == before
    assert post.counts(post.dead) == 0
    assert said.jobs == []


def test_the_same_message_twice_is_written_once(post, said, start_worker):
    said.script = Script(pace=0.1)
    worker = start_worker()
    job = post.ask()
    post.send(job)
    assert post.ended(job).text == "One two three."
    wait(lambda: len(worker.logged("job")) == 2)
    assert sorted(line["outcome"] for line in worker.logged("job")) == ["refused", "written"]
    assert len(said.jobs) == 1
    assert post.counts(post.url) == post.counts(post.dead) == 0


@pytest.mark.parametrize("body", ["not json", "[]", '{"job": "x"}', "system"])
def test_what_is_no_job_goes_to_the_dead_letters(post, said, start_worker, body):
    if body == "system":
        body = json.dumps(post.job() | {"messages": [{"role": "system", "content": "Be brief."}]})
    start_worker(VISIBILITY_SECONDS=1)
    began = time.monotonic()
    post.send(body)
    wait(lambda: post.counts(post.dead) == 1)
    seconds = time.monotonic() - began
    assert post.counts(post.url) == 0
    assert said.jobs == []
    job = post.ask()
    assert post.ended(job).text == "One two three."
    print(f"in the dead letters after {seconds:.1f} s, with a visibility of 1 s")


def test_a_job_whose_worker_died_goes_to_the_dead_letters_when_it_comes_again(
    post, said, start_worker
):
    said.script = SLOW
    first = start_worker("local-1", VISIBILITY_SECONDS=2)
    job = post.ask()
    post.wait(job, lambda letter: len(letter.parts) > 2)
    first.kill()
    kept = post.read(job)
    start_worker("local-2", VISIBILITY_SECONDS=2)
    wait(lambda: post.counts(post.dead) == 1)
    assert post.read(job).text == kept.text, "never twice in the text"
    assert post.counts(post.url) == 0
    assert len(said.jobs) == 1
