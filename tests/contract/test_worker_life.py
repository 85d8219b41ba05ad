"""How a worker begins, what it survives, and how it ends: each end is in order and told, and
nothing is lost in silence."""

import json
import time

import boto3

from tests.support.emulator import bare_emulator
from tests.support.fake_openai import Script
from tests.support.http_double import HttpAnswer, HttpDouble, HttpRequest
from tests.support.planned_table import make_table
from tests.support.queue import JobQueue
from tests.support.waiting import holds, until
from tests.support.worker import WorkerProcess

SLOW = Script(words=["word "] * 400, pace=0.05)


def test_sigterm_ends_the_jobs_as_failed_and_the_process_with_zero(
    queue, model_server, start_worker
):
    model_server.script = SLOW
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
    assert told < 4
    assert ended < 5.5, "scripts/local/daemons.py kills what takes longer than 6 s"
    print(f"the job ended {told:.2f} s after SIGTERM, the worker {ended:.2f} s after it")


def test_sigterm_while_the_model_loads_ends_it_too(queue, model_server, start_worker):
    model_server.script = Script(status=503)
    worker = start_worker(ready=False)
    worker.reaches("loading")
    worker.terminate()
    assert worker.exit_code() == 0
    assert worker.reaches("ended")["detail"] == "The worker was told to end."


def test_a_worker_that_nobody_asks_ends_itself(queue, start_worker):
    worker = start_worker(IDLE_SECONDS=2)
    began = time.monotonic()
    assert worker.exit_code() == 0
    seconds = time.monotonic() - began
    assert worker.reaches("ended")["detail"] == "Nobody asked it anything for 2 seconds."
    assert 1.5 < seconds < 26
    print(f"idle for 2 s, ended after {seconds:.1f} s")


def test_a_worker_at_work_is_not_idle(queue, model_server, start_worker):
    model_server.script = Script(words=["a "] * 60, pace=0.05)
    worker = start_worker(IDLE_SECONDS=1)
    job = queue.ask()
    assert queue.ended(job).end["reason"] == "stop"
    assert worker.exit_code() == 0


def test_the_lease_ends_it_after_the_jobs_in_hand(queue, model_server, start_worker):
    model_server.script = Script(words=["a "] * 60, pace=0.05)
    lease_end = int(time.time()) + 5
    worker = start_worker(UNTIL=lease_end)
    time.sleep(max(0, lease_end - 1.5 - time.time()))
    job = queue.ask()
    queue.wait(job, lambda mailbox: mailbox.parts)
    assert worker.reaches("stopping")["detail"] == "Its lease is over."
    assert queue.ended(job).end["reason"] == "stop"
    assert worker.exit_code() == 0
    assert worker.reaches("ended")["detail"] == "Its lease is over."
    print(
        f"lease over: ended {time.time() - lease_end:.1f} s later, with a reply of 3 s begun before"
    )


def test_a_lease_is_prolonged_while_it_runs(queue, model_server, start_worker, tmp_path):
    lease = tmp_path / "lease"
    lease.write_text(str(int(time.time()) + 3))
    worker = start_worker(LEASE_FILE=lease)
    later = int(time.time()) + 900
    lease.write_text(str(later))
    holds(lambda: worker.running, "the worker runs on after its first lease", 4)
    until(lambda: queue.workers()["local-1"]["until"] == later, "its presence has the new lease")


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
    model_server.script = Script(words=["a "] * 160, pace=0.05)
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
    assert worker.exit_code(60) == 1
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
        until(lambda: len(worker.logged("retry")) > 4, "the worker has tried again", 60)
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
            assert back.ended(job, seconds=60).text == "One two three."
            print(f"back at work {time.monotonic() - began:.1f} s after AWS was")
