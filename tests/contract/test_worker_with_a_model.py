"""Workers with the real embedded model: what a guest would feel, with a worker killed, stopped, or
sharing its queue."""

import time

import pytest

from scripts.local import services
from tests.support.worker import wait

# After which the function gives a job up, or away.
SILENT_SECONDS = 5
LONG = "Write a long story about a river, with many details."


@pytest.fixture
def start_llama(start_worker):
    """Starts a worker that serves the embedded model itself."""
    return lambda worker="local-1", **more: start_worker(
        worker, MODEL_FILE=services.embedded_model(), **more
    )


def test_the_model_writes_while_it_is_read(post, start_llama):
    began = time.monotonic()
    start_llama()
    loaded = time.monotonic() - began
    job = post.ask(LONG, max_tokens=120)
    asked = time.monotonic()
    letter = post.wait(job, lambda letter: letter.parts)
    first = time.monotonic() - asked
    assert not letter.end, "the first words are there before the last"
    letter = post.ended(job)
    whole = time.monotonic() - asked
    assert letter.end["reason"] in ("stop", "length")
    assert 0 < letter.end["output"] <= 120
    assert letter.end["input"] > 10
    assert len(letter.parts) == letter.end["parts"] > 2
    print(
        f"ready after {loaded:.1f} s, first word {first:.2f} s, {letter.end['output']} tokens in {whole:.1f} s, {len(letter.parts)} parts"
    )


def test_a_stop_ends_a_real_reply_within_a_second(post, start_llama):
    worker = start_llama()
    job = post.ask(LONG, max_tokens=2000)
    post.wait(job, lambda letter: len(letter.parts) > 2)
    post.stop(job)
    began = time.monotonic()
    wait(lambda: worker.logged("job"))
    seconds = time.monotonic() - began
    written = post.read(job).text
    time.sleep(1)
    assert post.read(job).text == written
    assert worker.logged("job")[0]["outcome"] == "left"
    assert seconds < 1
    print(f"stopped after {seconds:.2f} s")


def test_one_killed_in_mid_reply_leaves_its_partial_and_another_takes_what_is_given_to_it(
    post, start_llama
):
    first, second = start_llama("local-1"), start_llama("local-2")
    job = post.ask(LONG, max_tokens=2000)
    letter = post.wait(job, lambda letter: len(letter.parts) > 3)
    victim, other = (first, second) if letter.state["worker"] == "local-1" else (second, first)
    victim.kill()
    died = time.monotonic()
    kept = post.read(job).text
    # As the function does once it hears nothing: here after a part, to hold that the two takes
    # never mix.
    wait(lambda: time.time() - int(post.read(job).state["beat"]) / 1000 > SILENT_SECONDS)
    assert post.read(job).text == kept
    again = post.give_away(job, max_tokens=30)
    ended = post.ended(again, seconds=60)
    texts = {
        take: "".join(text for number, text in ended.parts if number == take) for take in (1, 2)
    }
    assert texts[1] == kept, "what was written stays as it was"
    assert ended.end["parts"] == sum(number == 2 for number, _ in ended.parts)
    assert ended.end["reason"] in ("stop", "length")
    assert ended.state["worker"] == other.worker
    print(
        f"{len(kept)} characters kept; the second take of {ended.end['output']} tokens ended {time.monotonic() - died:.1f} s after the kill"
    )


def test_two_workers_share_a_queue(post, start_llama):
    workers = [start_llama("local-1", SLOTS=1), start_llama("local-2", SLOTS=1)]
    began = time.monotonic()
    jobs = [
        post.ask(f"Tell me something about the number {number}.", max_tokens=40)
        for number in range(6)
    ]
    letters = [post.ended(job, seconds=60) for job in jobs]
    seconds = time.monotonic() - began
    assert {letter.end["reason"] for letter in letters} <= {"stop", "length"}
    assert all(letter.text and len(letter.parts) == letter.end["parts"] for letter in letters)
    done = [
        sum(letter.state["worker"] == worker.worker for letter in letters) for worker in workers
    ]
    assert sum(done) == 6
    assert min(done) >= 1, "both worked"
    wait(lambda: post.counts(post.url) == 0)
    assert post.counts(post.dead) == 0
    print(f"6 jobs in {seconds:.1f} s, shared {done[0]} and {done[1]}")
