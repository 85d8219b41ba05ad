"""How a worker begins, what it survives, and how it ends: each end is in order and told, and
nothing is lost in silence."""

import json
import time

import boto3

from scripts.local import daemons
from scripts.worker import lifecycle
from tests.support.emulator import bare_emulator
from tests.support.fake_openai import Script
from tests.support.http_double import HttpAnswer, HttpDouble, HttpRequest
from tests.support.planned_table import make_table
from tests.support.queue import JobQueue
from tests.support.waiting import holds, until
from tests.support.worker import WorkerProcess


def slow() -> Script:
    """A reply that a test has to end: by a stop, or by `go_on`, which says the rest at once."""
    return Script(words=["word "] * 1_000, pace=0.1)


def test_sigterm_ends_the_jobs_as_failed_and_the_process_with_zero(
    queue, model_server, start_worker
):
    model_server.script = slow()
    worker = start_worker()
    job = queue.ask()
    queue.wait(job, lambda mailbox: len(mailbox.parts) > 2)
    worker.terminate()
    began = time.monotonic()
    mailbox = queue.ended(job)
    told = time.monotonic() - began
    assert worker.exit_code() == 0
    ended = time.monotonic() - began
    assert (mailbox.end["reason"], mailbox.end["detail"]) == (
        "failed",
        "The worker was told to end.",
    )
    assert mailbox.end["parts"] == len(mailbox.parts) > 2
    assert mailbox.end["output"] > 2
    shown = worker.reaches("ended")
    assert (shown["detail"], shown["busy"]) == ("The worker was told to end.", 0)
    assert queue.counts(queue.url) == 0
    assert lifecycle.CLOSE_SECONDS < daemons.TERM_SECONDS, "what takes longer is killed"
    print(f"the job ended {told:.2f} s after SIGTERM, the worker {ended:.2f} s after it")


def test_sigterm_while_the_model_loads_ends_it_too(queue, model_server, start_worker):
    model_server.script = Script(status=503)
    worker = start_worker(ready=False)
    worker.reaches("loading")
    worker.terminate()
    assert worker.exit_code() == 0
    assert worker.reaches("ended")["detail"] == "The worker was told to end."


def test_a_worker_that_nobody_asks_ends_itself(queue, start_worker):
    began = time.monotonic()
    worker = start_worker(IDLE_SECONDS=2, ready=False)
    assert worker.exit_code() == 0
    assert time.monotonic() - began > 2
    assert worker.reaches("ended")["detail"] == "Nobody asked it anything for 2 seconds."


def test_a_worker_at_work_is_not_idle(queue, model_server, start_worker):
    # Longer than the idle time; the job is there before the worker, which else might not wait for
    # it.
    model_server.script = Script(words=["a "] * 50, pace=0.05)
    job = queue.ask()
    worker = start_worker(IDLE_SECONDS=1, ready=False)
    assert queue.ended(job).end["reason"] == "stop"
    assert worker.exit_code() == 0


def test_the_lease_ends_it_after_the_jobs_in_hand(queue, model_server, start_worker, tmp_path):
    model_server.script = slow()
    lease = tmp_path / "lease"
    lease.write_text(str(int(time.time()) + 600))
    worker = start_worker(LEASE_FILE=lease)
    job = queue.ask()
    queue.wait(job, lambda mailbox: mailbox.parts)
    lease.write_text(str(int(time.time())))
    assert worker.reaches("stopping")["detail"] == "Its lease is over."
    model_server.script.go_on()
    assert queue.ended(job).end["reason"] == "stop"
    assert worker.exit_code() == 0
    assert worker.reaches("ended")["detail"] == "Its lease is over."


def test_a_lease_is_prolonged_while_it_runs(queue, model_server, start_worker, tmp_path):
    lease = tmp_path / "lease"
    first, later = int(time.time()) + 600, int(time.time()) + 900
    lease.write_text(str(first))
    # Its first lease, which the file has prolonged already, is over.
    worker = start_worker(UNTIL=int(time.time()), LEASE_FILE=lease)
    assert worker.reaches("ready")["until"] == first
    lease.write_text(str(later))
    until(lambda: queue.workers()["local-1"]["until"] == later, "its presence has the new lease")
    assert worker.running


def metadata_service(notice: dict) -> HttpDouble:
    """EC2's instance metadata, version 2; the Spot notice comes when it is set."""

    def answer(request: HttpRequest) -> HttpAnswer:
        token = request.headers.get("X-aws-ec2-metadata-token")
        match request.method, request.path:
            case "PUT", "/latest/api/token":
                return HttpAnswer(body=b"token")
            case "GET", "/latest/meta-data/spot/instance-action" if notice and token == "token":
                return HttpAnswer(body=json.dumps(notice).encode())
            case _:
                return HttpAnswer(404)

    return HttpDouble(answer)


def test_spots_notice_ends_it_while_its_jobs_are_finished(queue, model_server, start_worker):
    model_server.script = slow()
    notice: dict[str, str] = {}
    with metadata_service(notice) as service:
        worker = start_worker(EC2=1, AWS_EC2_METADATA_SERVICE_ENDPOINT=service.url)
        job = queue.ask()
        queue.wait(job, lambda mailbox: mailbox.parts)
        notice.update(action="terminate", time="2026-11-22T18:02:00Z")
        began = time.monotonic()
        stopping = worker.reaches("stopping")
        print(f"the notice was heeded after {time.monotonic() - began:.1f} s")
        late = queue.ask()
        assert (
            stopping["detail"]
            == "AWS takes the Spot instance back (terminate at 2026-11-22T18:02:00Z)."
        )
        model_server.script.go_on()
        assert queue.ended(job).end["reason"] == "stop"
        assert worker.exit_code() == 0
    assert worker.reaches("ended")["detail"] == stopping["detail"]
    # A poll that was under way may have brought it; then it was written, else it waits for another
    # worker.
    assert queue.read(late).end or queue.counts(queue.url) == 1


# What a model does to it.


def test_a_reply_cut_by_the_model_server_ends_as_failed_with_its_partial(
    queue, model_server, start_worker
):
    model_server.script = Script(words=["One ", "two ", "three "], pace=0.05, cut_after=2)
    worker = start_worker()
    mailbox = queue.ended(queue.ask())
    assert mailbox.text == "One two "
    assert (mailbox.end["reason"], mailbox.end["parts"]) == ("failed", len(mailbox.parts))
    assert mailbox.end["detail"] == "The model server ended the reply midway."
    model_server.script = Script()
    assert queue.ended(queue.ask()).text == "One two three."
    assert worker.running


def test_a_model_that_refuses_is_waited_for(queue, model_server, start_worker):
    worker = start_worker()
    model_server.script = Script(status=500)
    mailbox = queue.ended(queue.ask())
    assert (mailbox.end["reason"], mailbox.end["detail"], mailbox.end["parts"]) == (
        "failed",
        "The model server answers 500.",
        0,
    )
    shown = worker.reaches("loading")
    assert shown["detail"] == "The model has failed and is being waited for."
    job = queue.ask()
    holds(lambda: "worker" not in queue.read(job).state, "it takes no job that it cannot do", 1)
    model_server.script = Script()
    worker.reaches("ready")
    assert queue.ended(job).text == "One two three."


def test_a_slow_model_server_is_ready_when_it_has_said_a_word(queue, model_server, start_worker):
    model_server.script = Script(status=503)
    worker = start_worker(ready=False)
    worker.reaches("loading")

    def is_loading() -> bool:
        return queue.workers()["local-1"]["state"] == "loading"

    holds(is_loading, "the worker is loading", 1.5)
    model_server.script = Script()
    worker.reaches("ready")


def test_a_file_that_is_no_model_is_told_and_ends_with_one(queue, start_worker, tmp_path):
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(400))
    worker = start_worker(ready=False, MODEL_FILE=file)
    assert worker.exit_code() == 1
    shown = worker.reaches("failed")
    assert "broken.gguf cannot be loaded" in shown["detail"]
    assert shown["model"] == "broken.gguf"


def test_a_worker_that_is_not_told_enough_says_what_is_missing(queue, tmp_path):
    worker = WorkerProcess(queue, tmp_path, QUEUE_URL="", MODEL_URL="http://127.0.0.1:9")
    assert worker.exit_code() == 1
    assert worker.logged("failed")[0]["cause"] == "QUEUE_URL must be set."


# What AWS does to it.


def test_a_worker_outlives_an_aws_that_is_away(model_server, table_plan, tmp_path):
    with bare_emulator() as url:
        table = make_table(boto3.resource("dynamodb", endpoint_url=url), table_plan)
        queue = JobQueue.new(boto3.client("sqs", endpoint_url=url), table)
        worker = WorkerProcess(queue, tmp_path, MODEL_URL=model_server.url)
        worker.reaches("ready")
    with worker:
        until(lambda: len(worker.logged("retry")) > 4, "the worker has tried again")
        pauses = [line["after"] for line in worker.logged("retry")]
        assert worker.running
        assert max(pauses) > 2 * min(pauses), "it asks less and less often"
        with bare_emulator(port=int(url.rpartition(":")[2])) as again:
            table = make_table(
                boto3.resource("dynamodb", endpoint_url=again), table_plan, name=table.name
            )
            back = JobQueue.new(boto3.client("sqs", endpoint_url=again), table, name=queue.name)
            worker.queue = back
            assert back.url == queue.url
            began = time.monotonic()
            job = back.ask()
            assert back.ended(job).text == "One two three."
            print(f"back at work {time.monotonic() - began:.1f} s after AWS was")
