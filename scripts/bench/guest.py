"""A guest of the measured stack, who does what the page does: opens a socket, asks, reads to the
end, calls the HTTP API."""

import json
import math
from dataclasses import dataclass

import requests
from websockets.sync.client import ClientConnection, connect

from handler.ids import new_id
from scripts.bench.meter import MESSAGE_BYTES
from scripts.console.progress import Failure

TURN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class MeasuredTurn:
    """One finished turn: its conversation, the reply's text and tokens, how many metered messages
    the guest sent."""

    conversation_id: str
    text: str
    input_tokens: int
    output_tokens: int
    sent_messages: int


class MeasuredGuest:
    """`outputs` are the stack's, `token` is the invite's."""

    def __init__(self, outputs: dict, token: str):
        self._outputs, self._token = outputs, token

    def open(self) -> ClientConnection:
        """A socket, as the page opens one."""
        return connect(
            self._outputs["ws_url"], origin=self._outputs["site_origin"], open_timeout=30
        )

    def ask(
        self, socket: ClientConnection, text: str, conversation_id: str | None = None
    ) -> MeasuredTurn:
        """One whole turn. Raises Failure when it does not end as it should."""
        more = {"conversation_id": conversation_id} if conversation_id else {}
        frame = json.dumps(
            {"action": "chat", "token": self._token, "text": text, "message_id": new_id()} | more
        )
        socket.send(frame)
        said = {"type": None}
        reply = ""
        while said["type"] != "finished":
            said = json.loads(socket.recv(timeout=TURN_SECONDS))
            if said["type"] == "started":
                conversation_id = said["conversation_id"]
            elif said["type"] == "delta":
                reply += said["text"]
            elif said["type"] == "failed":
                raise Failure(f"A turn failed ({said.get('code')}): {said.get('detail')}")
        usage = said["message"]["usage"]
        messages = math.ceil(len(frame.encode()) / MESSAGE_BYTES)
        return MeasuredTurn(
            conversation_id, reply, usage["input_tokens"], usage["output_tokens"], messages
        )

    def get(self, path: str) -> int:
        """One call of the HTTP API; the bytes of its answer with its headers."""
        headers = {"Authorization": f"Bearer {self._token}", "Origin": self._outputs["site_origin"]}
        answer = requests.get(self._outputs["api_url"] + path, headers=headers, timeout=30)
        if answer.status_code != 200:
            raise Failure(f"GET {path} answers {answer.status_code}.")
        return len(answer.content) + sum(
            len(name) + len(value) + 4 for name, value in answer.headers.items()
        )
