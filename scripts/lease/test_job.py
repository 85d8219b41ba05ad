"""A small real job through the queue, a worker, its model and the mailbox: a worker that answers it
is ready."""

import time
from contextlib import closing

from handler.errors import ModelUnavailable
from handler.models.catalog import worker_card
from handler.models.prompt import Prompt
from handler.models.worker import WorkerModel
from scripts.console.progress import Failure
from scripts.stack.connection import DeployedStack

PROMPT = Prompt("", (("user", "Say hello in one short sentence."),))
MAX_TOKENS, TEMPERATURE = 24, 0.2


def run(deployed: DeployedStack) -> str:
    """How long it took, in words. Sent and read as by the function. Raises Failure when there is no
    reply."""
    sqs, url = deployed.client("sqs"), deployed.outputs["worker_queue_url"]

    def send(body: str) -> None:
        sqs.send_message(QueueUrl=url, MessageBody=body)

    model = WorkerModel(deployed.store().worker_jobs, send, worker_card())
    answer = model.answer(PROMPT, max_tokens=MAX_TOKENS, temperature=TEMPERATURE)
    began, first, text, tokens = time.monotonic(), 0.0, "", 0
    try:
        with closing(answer):
            for event in answer:
                if "text" in event:
                    first, text = first or time.monotonic() - began, text + event["text"]
                elif "usage" in event:
                    _, tokens = event["usage"]
    except ModelUnavailable as error:
        raise Failure(f"The worker did not answer a small job: {error.detail}") from error
    if not text.strip():
        raise Failure("The worker's answer to a small job was empty.")
    took = time.monotonic() - began
    return f"its first word came after {first:.1f} s, {tokens} tokens in {took:.1f} s"
