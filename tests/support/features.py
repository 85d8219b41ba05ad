"""What the function does for people, one by one: each feature either works, or it does not."""

import contextlib
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import boto3
from websockets.exceptions import WebSocketException

from handler.ids import new_id
from handler.money import Begun
from handler.store import Store
from handler.tokens import hash_token, new_token
from handler.values import Conversation, Message, Turn, iso
from tests.support.local_stack import LocalStack

REGION = "us-east-1"
# A socket that is told nothing stays silent; a reply of the embedded model's few words takes a
# second.
PATIENCE = 8


@dataclass
class StackOwner:
    """A stack as its owner reaches it: past the APIs, with all rights."""

    stack: LocalStack

    def client(self, service: str):
        return boto3.client(
            service, endpoint_url=f"http://127.0.0.1:{self.stack.env['PORT']}", region_name=REGION
        )

    @property
    def table(self):
        dynamodb = boto3.resource(
            "dynamodb",
            endpoint_url=f"http://127.0.0.1:{self.stack.env['PORT']}",
            region_name=REGION,
        )
        return dynamodb.Table(self.stack.outputs_now["table_name"])

    @property
    def store(self) -> Store:
        return Store(self.table)

    def invite(self) -> "FeatureVisit":
        """A new guest."""
        token = new_token()
        guest = self.store.guests.create(
            name=new_id(), token_hash=hash_token(token), days=1, daily_limit=1000, now=time.time()
        )
        return FeatureVisit(self, token, guest.id)


@dataclass
class FeatureVisit:
    """A guest, and each thing that a guest can do."""

    owner: StackOwner
    token: str
    guest_id: str

    def call(self, method: str, path: str, **more: object):
        return self.owner.stack.call(method, path, token=self.token, **more)

    def conversation(self, *, ended: bool = True) -> Turn:
        """A conversation of one turn, made by the owner's hand: what a feature starts from must not
        depend on the role."""
        store, now = self.owner.store, time.time()
        turn = Turn(self.guest_id, new_id(now), new_id(now), new_id(now))
        question = Message(
            turn.message_id,
            turn.conversation_id,
            "user",
            "Hello",
            "complete",
            iso(now),
            turn.reply_id,
        )
        text, status = ("Hello to you.", "complete") if ended else ("", "streaming")
        reply = Message(
            turn.reply_id, turn.conversation_id, "assistant", text, status, iso(now), turn.reply_id
        )
        conversation = Conversation(turn.conversation_id, "Hello", iso(now), iso(now))
        begun = Begun("mistral.mistral-7b-instruct-v0:2", 10, 10)
        store.turns.open(
            turn, conversation, question, reply, begun=begun, new=True, seen="", now=now
        )
        return turn

    def socket(self) -> set[str]:
        """One turn over a socket; which of its two promises failed: that it is told, that it is
        kept."""
        message_id, last = new_id(), {}
        with self.owner.stack.socket() as connection:
            frame = {
                "action": "chat",
                "token": self.token,
                "text": "Say one word.",
                "message_id": message_id,
            }
            connection.send(json.dumps(frame))
            with contextlib.suppress(TimeoutError, WebSocketException):
                while last.get("type") not in ("finished", "failed"):
                    last = json.loads(connection.recv(timeout=PATIENCE))
        told = last.get("type") == "finished"
        kept = self._is_kept(message_id, patience=0 if last else PATIENCE)
        return {
            name for name, worked in (("socket: told", told), ("socket: kept", kept)) if not worked
        }

    def job(self) -> bool:
        """Whether a turn for a model worker comes into the queue. Nobody takes it, so its end is
        not waited for."""
        sqs, switch = self.owner.client("sqs"), self.owner.store.switch
        url = sqs.create_queue(QueueName=f"{self.owner.stack.outputs_now['stack']}-jobs")[
            "QueueUrl"
        ]
        switch.switch_on(until=int(time.time()) + 3600, backend="worker")
        # Told apart from what an earlier turn, which still waits, sends once more.
        text = f"Say one word of {new_id()}."
        turn = threading.Thread(
            target=self.call, args=("POST", "/chat"), kwargs={"json": {"text": text}}, daemon=True
        )
        try:
            turn.start()
            until = time.monotonic() + PATIENCE
            while turn.is_alive() and time.monotonic() < until:
                found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
                if any(text in message["Body"] for message in found):
                    return True
            return False
        finally:
            switch.switch_on(until=int(time.time()) + 3600)
            sqs.delete_queue(QueueUrl=url)

    def _is_kept(self, message_id: str, *, patience: float) -> bool:
        store, until = self.owner.store, time.monotonic() + patience
        while True:
            turn = store.turns.claimed(self.guest_id, message_id)
            reply = turn and store.messages.of_turn(turn, "assistant", now=time.time())
            if reply and reply.status == "complete":
                return True
            if time.monotonic() > until:
                return False
            time.sleep(0.2)

    def log_line(self) -> bool:
        """Whether a call leaves its line in the log."""
        logs, group = self.owner.client("logs"), self.owner.stack.outputs_now["log_group"]
        began, until = int(time.time() * 1000), time.monotonic() + PATIENCE
        self.owner.stack.call("GET", "/health")
        while time.monotonic() < until:
            events = logs.filter_log_events(
                logGroupName=group, startTime=began, filterPattern='"GET /health"'
            )["events"]
            if events:
                return True
            time.sleep(0.2)
        return False


# By name: the call, and what it answers when it works. `{conversation}` and `{reply}` are ones that
# exist.
CALLS = {
    "health": ("GET", "/health", 200, None),
    "me": ("GET", "/me", 200, None),
    "models": ("GET", "/v1/models", 200, None),
    "list conversations": ("GET", "/conversations", 200, None),
    "list messages": ("GET", "/conversations/{conversation}/messages", 200, None),
    "read a message": ("GET", "/messages/{reply}", 200, None),
    "stop": ("POST", "/messages/{reply}/stop", 202, None),
    "rename": ("PATCH", "/conversations/{conversation}", 200, {"title": "Another"}),
    "delete": ("DELETE", "/conversations/{conversation}", 204, None),
    "chat": ("POST", "/chat", 200, {"text": "Say one word."}),
    "completion": (
        "POST",
        "/v1/chat/completions",
        200,
        {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4},
    ),
}
FEATURES = [*CALLS, "delete all", "socket: told", "socket: kept", "log line", "job"]


def failing(owner: StackOwner) -> set[str]:
    """The features that do not work now."""
    guest, lonely = owner.invite(), owner.invite()
    lonely.conversation()

    def call(name: str) -> set[str]:
        method, path, status, body = CALLS[name]
        turn = guest.conversation()
        if name == "completion":
            body = body | {"model": owner.stack.outputs_now["model_id"]}
        answer = guest.call(
            method, path.format(conversation=turn.conversation_id, reply=turn.reply_id), json=body
        )
        return set() if answer.status_code == status else {name}

    with ThreadPoolExecutor(6) as pool:
        others = [
            pool.submit(guest.socket),
            pool.submit(lambda: set() if guest.log_line() else {"log line"}),
            pool.submit(
                lambda: (
                    set()
                    if lonely.call("DELETE", "/conversations").status_code == 204
                    else {"delete all"}
                )
            ),
        ]
        results = [*pool.map(call, CALLS), *(other.result() for other in others)]
    # After the others: it turns the switch.
    return set().union(*results, () if guest.job() else {"job"})
