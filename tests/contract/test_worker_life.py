"""How a worker begins, what it survives, and how it ends: each end is in order and told, and
nothing is lost in silence."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3

from tests.contract.conftest import make_table
from tests.support.emulator import bare_emulator
from tests.support.fake_openai import Script
from tests.support.queue import Post
from tests.support.worker_process import WorkerProcess
from tests.support.worker import wait

SLOW = Script(words=["word "] * 400, pace=0.05)


def test_sigterm_ends_the_jobs_as_failed_and_the_process_with_zero(post, said, start_worker):
    said.script = SLOW
    worker = start_worker()
    job = post.ask()
    post.wait(job, lambda letter: len(letter.parts) > 2)
    worker.tell()
    began = time.monotonic()
    letter = post.ended(job)
    told = time.monotonic() - began
    assert worker.ends() == 0
    ended = time.monotonic() - began
    assert (letter.end["reason"], letter.end["detail"]) == ("failed", "The worker was told to end.")
    assert letter.end["parts"] == len(letter.parts) > 2
    assert letter.end["output"] > 2
    shown = worker.is_("ended")
    assert (shown["detail"], shown["busy"]) == ("The worker was told to end.", 0)
    assert post.counts(post.url) == 0
    assert told < 1
    assert ended < 5.5, "scripts/local/daemons.py kills what takes longer than 6 s"
    print(f"the job ended {told:.2f} s after SIGTERM, the worker {ended:.2f} s after it")


def test_sigterm_while_the_model_loads_ends_it_too(post, said, start_worker):
    said.script = Script(status=503)
    worker = start_worker(ready=False)
    worker.is_("loading")
    worker.tell()
    assert worker.ends() == 0
    assert worker.is_("ended")["detail"] == "The worker was told to end."


def test_a_worker_that_nobody_asks_ends_itself(post, start_worker):
    worker = start_worker(IDLE_SECONDS=2)
    began = time.monotonic()
    assert worker.ends() == 0
    seconds = time.monotonic() - began
    assert worker.is_("ended")["detail"] == "Nobody asked it anything for 2 seconds."
    assert 1.5 < seconds < 6.5
    print(f"idle for 2 s, ended after {seconds:.1f} s")


def test_a_worker_at_work_is_not_idle(post, said, start_worker):
    said.script = Script(words=["a "] * 60, pace=0.05)
    worker = start_worker(IDLE_SECONDS=1)
    job = post.ask()
    assert post.ended(job).end["reason"] == "stop"
    assert worker.ends() == 0


def test_the_lease_ends_it_after_the_jobs_in_hand(post, said, start_worker):
    said.script = Script(words=["a "] * 60, pace=0.05)
    until = int(time.time()) + 5
    worker = start_worker(UNTIL=until)
    time.sleep(max(0, until - 1.5 - time.time()))
    job = post.ask()
    post.wait(job, lambda letter: letter.parts)
    assert worker.is_("stopping")["detail"] == "Its lease is over."
    assert post.ended(job).end["reason"] == "stop"
    assert worker.ends() == 0
    assert worker.is_("ended")["detail"] == "Its lease is over."
    print(f"lease over: ended {time.time() - until:.1f} s later, with a reply of 3 s begun before")


def test_a_lease_is_prolonged_while_it_runs(post, said, start_worker, tmp_path):
    lease = tmp_path / "lease"
    lease.write_text(str(int(time.time()) + 3))
    worker = start_worker(LEASE_FILE=lease)
    later = int(time.time()) + 900
    lease.write_text(str(later))
    time.sleep(4)
    assert worker.running
    wait(lambda: post.workers()["local-1"]["until"] == later, seconds=8)


@contextmanager
def metadata_service():
    """EC2's instance metadata, version 2; the Spot notice comes when it is set."""
    notice = {}

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            self._answer(200, b"token") if self.path == "/latest/api/token" else self._answer(
                404, b""
            )

        def do_GET(self):
            asked = (self.path, self.headers.get("X-aws-ec2-metadata-token"))
            known = asked == ("/latest/meta-data/spot/instance-action", "token") and notice
            self._answer(200, json.dumps(notice).encode()) if known else self._answer(404, b"")

        def _answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", notice
    finally:
        server.shutdown()
        server.server_close()


def test_spots_notice_ends_it_while_its_jobs_are_finished(post, said, start_worker):
    said.script = Script(words=["a "] * 160, pace=0.05)
    with metadata_service() as (url, notice):
        worker = start_worker(EC2=1, AWS_EC2_METADATA_SERVICE_ENDPOINT=url)
        job = post.ask()
        post.wait(job, lambda letter: letter.parts)
        notice.update(action="terminate", time="2026-11-22T18:02:00Z")
        began = time.monotonic()
        stopping = worker.is_("stopping")
        print(f"the notice was heeded after {time.monotonic() - began:.1f} s")
        late = post.ask()
        assert (
            stopping["detail"]
            == "AWS takes the Spot instance back (terminate at 2026-11-22T18:02:00Z)."
        )
        assert post.ended(job).end["reason"] == "stop"
        assert worker.ends() == 0
    assert worker.is_("ended")["detail"] == stopping["detail"]
    # A poll that was under way may have brought it; then it was written, else it waits for another
    # worker.
    assert post.read(late).end or post.counts(post.url) == 1


# What a model does to it.


def test_a_reply_cut_by_the_model_server_ends_as_failed_with_its_partial(post, said, start_worker):
    said.script = Script(words=["One ", "two ", "three "], pace=0.05, cut_after=2)
    worker = start_worker()
    letter = post.ended(post.ask())
    assert letter.text == "One two "
    assert (letter.end["reason"], letter.end["parts"]) == ("failed", len(letter.parts))
    assert letter.end["detail"] == "The model server ended the reply midway."
    said.script = Script()
    assert post.ended(post.ask()).text == "One two three."
    assert worker.running


def test_a_model_that_refuses_is_waited_for(post, said, start_worker):
    worker = start_worker()
    said.script = Script(status=500)
    letter = post.ended(post.ask())
    assert (letter.end["reason"], letter.end["detail"], letter.end["parts"]) == (
        "failed",
        "The model server answers 500.",
        0,
    )
    shown = worker.is_("loading")
    assert shown["detail"] == "The model has failed and is being waited for."
    job = post.ask()
    time.sleep(1)
    assert "worker" not in post.read(job).state, "it takes no job that it cannot do"
    said.script = Script()
    worker.is_("ready")
    assert post.ended(job).text == "One two three."


def test_a_slow_model_server_is_ready_when_it_has_said_a_word(post, said, start_worker):
    said.script = Script(status=503)
    worker = start_worker(ready=False)
    worker.is_("loading")
    time.sleep(1.5)
    assert post.workers()["local-1"]["state"] == "loading"
    said.script = Script()
    worker.is_("ready")


def test_a_file_that_is_no_model_is_told_and_ends_with_one(post, start_worker, tmp_path):
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(400))
    worker = start_worker(ready=False, MODEL_FILE=file)
    assert worker.ends(60) == 1
    shown = worker.is_("failed")
    assert "broken.gguf cannot be loaded" in shown["detail"]
    assert shown["model"] == "broken.gguf"


def test_a_worker_that_is_not_told_enough_says_what_is_missing(post, tmp_path):
    worker = WorkerProcess(post, tmp_path, QUEUE_URL="", MODEL_URL="http://127.0.0.1:9")
    assert worker.ends() == 1
    assert worker.logged("failed")[0]["cause"] == "QUEUE_URL must be set."


# What AWS does to it.


def test_a_worker_outlives_an_aws_that_is_away(said, table_plan, tmp_path):
    with bare_emulator() as url:
        table = make_table(boto3.resource("dynamodb", endpoint_url=url), table_plan)
        post = Post.new(boto3.client("sqs", endpoint_url=url), table)
        worker = WorkerProcess(post, tmp_path, MODEL_URL=said.url)
        worker.is_("ready")
    with worker:
        wait(lambda: len(worker.logged("retry")) > 4)
        pauses = [line["after"] for line in worker.logged("retry")]
        assert worker.running
        assert max(pauses) > 2 * min(pauses), "it asks less and less often"
        with bare_emulator(port=int(url.rpartition(":")[2])) as again:
            table = make_table(
                boto3.resource("dynamodb", endpoint_url=again), table_plan, name=table.name
            )
            back = Post.new(boto3.client("sqs", endpoint_url=again), table, name=post.name)
            worker.post = back
            assert back.url == post.url
            began = time.monotonic()
            job = back.ask()
            assert back.ended(job, seconds=60).text == "One two three."
            print(f"back at work {time.monotonic() - began:.1f} s after AWS was")
