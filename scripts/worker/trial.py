"""A small real job, so that "ready" is said of what has answered: through the queue, a worker, its model and the mailbox."""

import json
import time

from boto3.dynamodb.conditions import Key

from handler.ids import new_id
from scripts.progress import Failure
from scripts.running_stack import Operator
from scripts.worker.mailbox import KEPT_SECONDS, partition

WORDS, MAX_TOKENS, TEMPERATURE = "Say hello in one short sentence.", 24, 0.2
SECONDS, LOOK_SECONDS = 90.0, 0.1


def run(operator: Operator, *, seconds: float = SECONDS) -> str:
    """How long it took, in words. Raises Failure when there is no reply within `seconds`, or none without a fault."""
    table, job = operator.table(), f"trial-{new_id()}"
    began = time.monotonic()
    _send(operator, table, job, seconds)
    first = None
    while time.monotonic() - began < seconds:
        text, end = _read(table, job)
        first = first or (time.monotonic() - began if text else None)
        if end and (end["reason"] == "failed" or not text.strip()):
            raise Failure(f"The worker's first reply failed: {end.get('detail') or 'it was empty'}")
        if end:
            return f"its first word came after {first:.1f} s, {end['output']} tokens in {time.monotonic() - began:.1f} s"
        time.sleep(LOOK_SECONDS)
    raise Failure(f"The worker has not answered a small job within {seconds:.0f} s.")


def _send(operator: Operator, table, job: str, seconds: float) -> None:
    now = int(time.time())
    table.put_item(Item={"pk": partition(job), "sk": "STATE", "take": 1, "ttl": now + KEPT_SECONDS})
    body = {
        "job": job,
        "take": 1,
        "expires_at": now + int(seconds),
        "messages": [{"role": "user", "content": WORDS}],
        "max_tokens": MAX_TOKENS,
        "temperature": TEMPERATURE,
    }
    operator.client("sqs").send_message(QueueUrl=operator.outputs["worker_queue_url"], MessageBody=json.dumps(body))


def _read(table, job: str) -> tuple[str, dict | None]:
    """What the mailbox holds: the text so far, and the end."""
    items = table.query(KeyConditionExpression=Key("pk").eq(partition(job)), ConsistentRead=True)["Items"]
    text = "".join(item["text"] for item in items if item["sk"].startswith("PART#"))
    return text, next((item.get("end") for item in items if item["sk"] == "STATE"), None)
