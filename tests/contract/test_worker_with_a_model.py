"""Workers with the real embedded model: what a guest would feel, with a worker killed, stopped, or
sharing its queue."""

import time

import pytest

from scripts.local import services
from tests.support.waiting import holds, until

# After which the function gives a job up, or away.
SILENT_SECONDS = 5
LONG = "Write a long story about a river, with many details."


@pytest.fixture
def start_llama(start_worker):
    """Starts a worker that serves the embedded model itself."""
    return lambda worker="local-1", **more: start_worker(
        worker, MODEL_FILE=services.embedded_model(), **more
    )


def test_the_model_writes_while_it_is_read(queue, start_llama):
    began = time.monotonic()
    start_llama()
    loaded = time.monotonic() - began
    job = queue.ask(LONG, max_tokens=120)
    asked = time.monotonic()
    mailbox = queue.wait(job, lambda mailbox: mailbox.parts)
    first = time.monotonic() - asked
    assert not mailbox.end, "the first words are there before the last"
    mailbox = queue.ended(job)
    whole = time.monotonic() - asked
    assert mailbox.end["reason"] in ("stop", "length")
    assert 0 < mailbox.end["output"] <= 120
    assert mailbox.end["input"] > 10
    assert len(mailbox.parts) == mailbox.end["parts"] > 2
    print(
        f"ready after {loaded:.1f} s, first word {first:.2f} s, {mailbox.end['output']} tokens in "
        f"{whole:.1f} s, {len(mailbox.parts)} parts"
    )


def test_a_stop_ends_a_real_reply_long_before_its_end(queue, start_llama):
    worker = start_llama()
    job = queue.ask(LONG, max_tokens=2000)
    queue.wait(job, lambda mailbox: len(mailbox.parts) > 2)
    queue.stop(job)
    began = time.monotonic()
    until(lambda: worker.logged("job"), "the worker has left the job")
    seconds = time.monotonic() - began
    written = queue.read(job).text
    holds(lambda: queue.read(job).text == written, "nothing more is written", 1)
    assert worker.logged("job")[0]["outcome"] == "left"
    print(f"stopped after {seconds:.2f} s")


def test_one_killed_in_mid_reply_leaves_its_partial_and_another_takes_what_is_given_to_it(
    queue, start_llama
):
    first, second = start_llama("local-1"), start_llama("local-2")
    job = queue.ask(LONG, max_tokens=2000)
    mailbox = queue.wait(job, lambda mailbox: len(mailbox.parts) > 3)
    victim, other = (first, second) if mailbox.state["worker"] == "local-1" else (second, first)
    victim.kill()
    died = time.monotonic()
    kept = queue.read(job).text
    # As the function does once it hears nothing: here after a part, to hold that the two takes
    # never mix.
    until(
        lambda: time.time() - int(queue.read(job).state["beat"]) / 1000 > SILENT_SECONDS,
        "the killed worker has been silent for as long as the function waits",
    )
    assert queue.read(job).text == kept
    again = queue.give_away(job, max_tokens=30)
    ended = queue.ended(again)
    texts = {
        take: "".join(text for number, text in ended.parts if number == take) for take in (1, 2)
    }
    assert texts[1] == kept, "what was written stays as it was"
    assert ended.end["parts"] == sum(number == 2 for number, _ in ended.parts)
    assert ended.end["reason"] in ("stop", "length")
    assert ended.state["worker"] == other.worker
    print(
        f"{len(kept)} characters kept; the second take of {ended.end['output']} tokens ended "
        f"{time.monotonic() - died:.1f} s after the kill"
    )


def test_two_workers_share_a_queue(queue, start_llama):
    workers = [start_llama("local-1", SLOTS=1), start_llama("local-2", SLOTS=1)]
    began = time.monotonic()
    jobs = [
        queue.ask(f"Tell me something about the number {number}.", max_tokens=16)
        for number in range(6)
    ]
    mailboxes = [queue.ended(job) for job in jobs]
    seconds = time.monotonic() - began
    assert {mailbox.end["reason"] for mailbox in mailboxes} <= {"stop", "length"}
    assert all(mailbox.text and len(mailbox.parts) == mailbox.end["parts"] for mailbox in mailboxes)
    done = [
        sum(mailbox.state["worker"] == worker.worker for mailbox in mailboxes) for worker in workers
    ]
    assert sum(done) == 6
    assert min(done) >= 1, "both worked"
    until(lambda: queue.counts(queue.url) == 0, "the queue is empty")
    assert queue.counts(queue.dead) == 0
    print(f"6 jobs in {seconds:.1f} s, shared {done[0]} and {done[1]}")
