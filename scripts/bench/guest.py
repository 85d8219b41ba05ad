"""A guest of the measured stack, who does what the page does: opens a socket, asks, reads to the
end, calls the HTTP API."""

import json
import math
from dataclasses import dataclass
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

from handler.ids import new_id
from scripts.bench.meter import MESSAGE_BYTES
from scripts.console.progress import Failure

TURN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class MeasuredTurn:
    """A finished turn. `sent_messages` is how many metered messages the guest sent."""

    conversation_id: str
    input_tokens: int
    output_tokens: int
    sent_messages: int


class MeasuredGuest:
    """`outputs` are the stack's, `token` is the invite's."""

    def __init__(self, outputs: dict[str, Any], token: str):
        self._outputs = outputs
        self._token = token

    def open(self) -> ClientConnection:
        """A socket, as the page opens one."""
        origin = self._outputs["site_origin"]
        return connect(self._outputs["ws_url"], origin=origin, open_timeout=30)

    def ask(
        self, socket: ClientConnection, text: str, conversation_id: str | None = None
    ) -> MeasuredTurn:
        """One whole turn. Raises Failure when it does not end as it should."""
        question = {"action": "chat", "token": self._token, "text": text, "message_id": new_id()}
        if conversation_id:
            question["conversation_id"] = conversation_id
        frame = json.dumps(question)
        socket.send(frame)
        started = ""
        while True:
            event = json.loads(socket.recv(timeout=TURN_SECONDS))
            if event["type"] == "started":
                started = event["conversation_id"]
            elif event["type"] == "failed":
                raise Failure(f"A turn failed ({event.get('code')}): {event.get('detail')}")
            elif event["type"] == "finished":
                break
        usage = event["message"]["usage"]
        sent = math.ceil(len(frame.encode()) / MESSAGE_BYTES)
        return MeasuredTurn(started, usage["input_tokens"], usage["output_tokens"], sent)

    def get(self, path: str) -> int:
        """One call of the HTTP API; the bytes of its answer with its headers."""
        headers = {"Authorization": f"Bearer {self._token}", "Origin": self._outputs["site_origin"]}
        answer = requests.get(self._outputs["api_url"] + path, headers=headers, timeout=30)
        if answer.status_code != 200:
            raise Failure(f"GET {path} answers {answer.status_code}.")
        heads = sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
        return len(answer.content) + heads
