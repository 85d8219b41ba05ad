"""A worker: takes jobs from the queue, has the model beside it write them, and puts the words into
the mailbox.

TABLE_NAME=… QUEUE_URL=… AWS_REGION=… WORKER_ID=… UNTIL=<epoch s> MODEL_FILE=file.gguf python -m
scripts.worker Also: MODEL_URL instead of MODEL_FILE (with MODEL_KEY, MODEL_NAME), IDLE_SECONDS,
SLOTS, VISIBILITY_SECONDS, LEASE_FILE, EC2=1.

It ends with 0 when its lease is over, when nobody asked for long, on SIGTERM and on EC2's notice;
with 1 when it cannot work."""

import argparse
import os
import signal
import sys

import boto3
from botocore.config import Config

from scripts.worker.dispatcher import Dispatcher
from scripts.worker.heartbeat import Heartbeat
from scripts.worker.lifecycle import Lifecycle
from scripts.worker.log import say
from scripts.worker.mailbox import ReplyMailbox
from scripts.worker.model import ServedModel
from scripts.worker.queue import POLL_SECONDS, Queue
from scripts.worker.retry import CONFIG
from scripts.worker.settings import Missing, WorkerSettings
from scripts.worker.shutdown import Shutdown
from scripts.worker.writing import Writing


def main(arguments: list[str] | None = None) -> int:
    """Works until there is a reason to end; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.parse_args(arguments)
    try:
        settings = WorkerSettings.read(os.environ)
    except Missing as error:
        say("failed", cause=str(error))
        return 1
    return _work(settings)


def _work(settings: WorkerSettings) -> int:
    table = boto3.resource("dynamodb", region_name=settings.region, config=CONFIG).Table(
        settings.table
    )
    patient = CONFIG.merge(Config(read_timeout=POLL_SECONDS + 5))
    queue = Queue(
        boto3.client("sqs", region_name=settings.region, config=patient),
        settings.queue,
        visibility=settings.visibility,
    )
    model = ServedModel(settings)

    def write(job) -> Writing:
        return Writing(job, ReplyMailbox(table, settings.worker, job), model.upstream)

    desk = Dispatcher(queue, write, slots=settings.slots)
    beacon = Heartbeat(
        table,
        settings.worker,
        model=settings.model,
        slots=settings.slots,
        until=settings.until,
        busy=lambda: desk.busy,
    )
    ends = Shutdown(settings, idle=desk.idle)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ends.tell())
    return Lifecycle(model=model, desk=desk, beacon=beacon, ends=ends).run()


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # llama.cpp waits for its running replies otherwise; nobody reads them any more
