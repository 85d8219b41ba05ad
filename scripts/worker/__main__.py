"""A worker: takes jobs from the queue, has the model beside it write the replies, and puts their
text into the mailbox.

TABLE_NAME=… QUEUE_URL=… AWS_REGION=… WORKER_ID=… UNTIL=<epoch s> MODEL_FILE=file.gguf \\
  python -m scripts.worker
Also: MODEL_URL instead of MODEL_FILE (with MODEL_KEY, MODEL_NAME), IDLE_SECONDS, SLOTS,
VISIBILITY_SECONDS, LEASE_FILE, EC2=1.

The exit code is 0 at the lease's end, after a long idle time, on SIGTERM and on EC2's Spot notice;
1 when the worker cannot work."""

import os
import signal
import sys

import boto3
from botocore.config import Config

from scripts.worker.dispatcher import Dispatcher
from scripts.worker.heartbeat import Heartbeat
from scripts.worker.jobs import POLL_SECONDS, Job, Queue
from scripts.worker.lifecycle import Lifecycle
from scripts.worker.log import log
from scripts.worker.mailbox import ReplyMailbox
from scripts.worker.model import ServedModel
from scripts.worker.retry import CONFIG
from scripts.worker.settings import InvalidSettings, WorkerSettings
from scripts.worker.shutdown import Shutdown
from scripts.worker.writing import Writing


def main() -> int:
    """The exit code."""
    try:
        return _work(WorkerSettings.read(os.environ))
    except InvalidSettings as error:
        log("failed", cause=str(error))
        return 1


def _work(settings: WorkerSettings) -> int:
    region = settings.region
    table = boto3.resource("dynamodb", region_name=region, config=CONFIG).Table(settings.table)
    polling = CONFIG.merge(Config(read_timeout=POLL_SECONDS + 5))
    sqs = boto3.client("sqs", region_name=region, config=polling)
    model = ServedModel(settings)

    def write(job: Job) -> Writing:
        return Writing(job, ReplyMailbox(table, settings.worker, job), model.client)

    queue = Queue(sqs, settings.queue, settings.visibility)
    dispatcher = Dispatcher(queue, write, slots=settings.slots)
    heartbeat = Heartbeat(table, settings, busy=lambda: dispatcher.busy)
    shutdown = Shutdown(settings, idle=dispatcher.idle)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: shutdown.request())
    return Lifecycle(model, dispatcher, heartbeat, shutdown).run()


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # llama.cpp would wait for its running replies, which nobody reads any more
