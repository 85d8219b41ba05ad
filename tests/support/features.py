"""What the function does for people, one by one: each feature either works, or it does not."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from websockets.exceptions import WebSocketException

from handler.ids import new_id
from handler.money import Begun
from handler.tokens import hash_token
from handler.values import Conversation, Message, Turn, iso
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

# In seconds. What never comes is known by what ends without it, so that this is not waited for.
PATIENCE = 120
# A reply that is kept was told just before, if ever.
GRACE = 3


@dataclass
class StackGuest:
    """A guest of a stack, and each thing that a guest can do."""

    stack: LocalStack
    token: str
    guest_id: str

    @classmethod
    def invited(cls, stack: LocalStack) -> "StackGuest":
        """A new guest."""
        deployed = stack.deployed
        token = deployed.mint(new_id(), days=1, daily=1000)
        guest = deployed.store().guests.find(hash_token(token), now=time.time())
        return cls(stack, token, guest.id)

    def call(self, method: str, path: str, **more: object):
        return self.stack.call(method, path, token=self.token, **more)

    def conversation(self, *, ended: bool = True) -> Turn:
        """A conversation of one turn, made by the owner's hand: what a feature starts from must not
        depend on the role."""
        store, now = self.stack.deployed.store(), time.time()
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
        message_id, last, kept_at = new_id(), {}, None
        began = time.monotonic()
        with self.stack.socket() as connection:
            frame = {
                "action": "chat",
                "token": self.token,
                "text": "Say one word.",
                "message_id": message_id,
            }
            connection.send(json.dumps(frame))
            while last.get("type") not in ("finished", "failed"):
                now = time.monotonic()
                if now - began > PATIENCE or (kept_at and now - kept_at > GRACE):
                    break
                try:
                    last = json.loads(connection.recv(timeout=1))
                except TimeoutError:
                    kept_at = kept_at or (time.monotonic() if self._is_kept(message_id) else None)
                except WebSocketException:
                    break
        worked = {
            "socket: told": last.get("type") == "finished",
            "socket: kept": self._is_kept(message_id),
        }
        return {name for name, did in worked.items() if not did}

    def job(self) -> bool:
        """Whether a turn for a model worker comes into the queue. Nobody takes it, so its end is
        not waited for."""
        sqs, switch = self.stack.deployed.client("sqs"), self.stack.deployed.store().switch
        name = f"{self.stack.outputs_now['stack']}-jobs"
        # There is one already once a worker has been switched on.
        had_one = bool(sqs.list_queues(QueueNamePrefix=name).get("QueueUrls"))
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        switch.switch_on(until=int(time.time()) + 3600, backend="worker")
        # Told apart from what an earlier turn, which still waits, sends once more.
        text = f"Say one word of {new_id()}."
        turn = threading.Thread(
            target=self.call, args=("POST", "/chat"), kwargs={"json": {"text": text}}, daemon=True
        )
        try:
            turn.start()

            def arrived() -> bool:
                found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
                return any(text in message["Body"] for message in found)

            return _comes_true(arrived, PATIENCE, turn.is_alive)
        finally:
            switch.switch_on(until=int(time.time()) + 3600)
            if not had_one:
                sqs.delete_queue(QueueUrl=url)

    def _is_kept(self, message_id: str) -> bool:
        store = self.stack.deployed.store()
        turn = store.turns.claimed(self.guest_id, message_id)
        reply = turn and store.messages.of_turn(turn, "assistant", now=time.time())
        return bool(reply and reply.status == "complete")

    def log_line(self) -> bool:
        """Whether a call leaves its line in the log."""
        logs, group = self.stack.deployed.client("logs"), self.stack.outputs_now["log_group"]
        began = int(time.time() * 1000)
        self.stack.call("GET", "/health")

        def written() -> bool:
            pattern = {"startTime": began, "filterPattern": '"GET /health"'}
            return bool(logs.filter_log_events(logGroupName=group, **pattern)["events"])

        return _comes_true(written, PATIENCE)


def _comes_true(
    condition: Callable[[], bool], seconds: float, possible: Callable[[], bool] = lambda: True
) -> bool:
    """Whether it does within `seconds`, while it is `possible`: that it does not is a finding here,
    and no failure."""
    try:
        return until(
            condition,
            "the feature works",
            seconds,
            pause=0.2,
            failed=lambda: "" if possible() else "it is over",
        )
    except AssertionError:
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


def failing(stack: LocalStack) -> set[str]:
    """The features that do not work now."""
    guest, lonely = StackGuest.invited(stack), StackGuest.invited(stack)
    lonely.conversation()

    def call(name: str) -> set[str]:
        method, path, status, body = CALLS[name]
        turn = guest.conversation()
        if name == "completion":
            body = body | {"model": stack.outputs_now["model_id"]}
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
