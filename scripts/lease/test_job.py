"""A small real job, so that "ready" is said of what has answered: through the queue, a worker, its
model and the mailbox."""

import time

from handler.errors import ModelUnavailable
from handler.models.catalog import worker_card
from handler.models.prompt import Prompt
from handler.models.worker import WorkerModel
from scripts.console.progress import Failure
from scripts.stack.connection import DeployedStack

WORDS, MAX_TOKENS, TEMPERATURE = "Say hello in one short sentence.", 24, 0.2


def run(deployed: DeployedStack) -> str:
    """How long it took, in words; asked and read as the function does it. Raises Failure when there
    is no reply without a fault."""
    sqs, url = deployed.client("sqs"), deployed.outputs["worker_queue_url"]
    worker = WorkerModel(
        deployed.store().worker_jobs,
        lambda body: sqs.send_message(QueueUrl=url, MessageBody=body),
        worker_card(),
    )
    answer = worker.answer(
        Prompt("", (("user", WORDS),)), max_tokens=MAX_TOKENS, temperature=TEMPERATURE
    )
    began, first, text, tokens = time.monotonic(), None, "", 0
    try:
        for event in answer:
            if "text" in event:
                first, text = first or time.monotonic() - began, text + event["text"]
            elif "usage" in event:
                _, tokens = event["usage"]
    except ModelUnavailable as error:
        raise Failure(f"The worker did not answer a small job: {error.detail}") from error
    finally:
        answer.close()
    if not text.strip():
        raise Failure("The worker's answer to a small job was empty.")
    return f"its first word came after {first:.1f} s, {tokens} tokens in {time.monotonic() - began:.1f} s"
