"""The WebSocket API (docs/contract.md, section 5): short frames here, the turn itself in an invocation of its own."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from botocore.exceptions import BotoCoreError, ClientError

from handler.door import Admitted
from handler.errors import ChatError, Internal, InvalidRequest, RateLimited, Unauthorized
from handler.gateway import Frame, Poster, json_object
from handler.ids import is_id
from handler.listener import Listener
from handler.routes import Api, take
from handler.store.faults import translate
from handler.transcript import End, Transcript
from handler.values import Ask, Guest, Message, Turn
from handler.wire import failed_frame, parse_ask, quota_json, usage_json
from handler.writer import Outcome

# How long (seconds) a finished turn waits for connections that read slowly before it leaves them to re-read over HTTP.
_LINGER = 10


@dataclass(frozen=True, slots=True)
class Sockets:
    """What the WebSocket's routes work with: the API's parts, where frames go, and how a turn is handed on."""

    api: Api
    poster: Poster
    function_name: str
    lambda_client: object

    def receive(self, frame: Frame) -> None:
        """Answer one frame. Every frame has an answer; none raises."""
        message_id = None
        try:
            body = json_object(frame.body)
            message_id = body.get("message_id") if is_id(body.get("message_id")) else None
            action = body.pop("action", None)
            if action == "ping":
                self.poster.post(frame.connection_id, {"type": "pong"})
            elif action == "chat":
                self._chat(frame, body)
            else:
                raise InvalidRequest("`action` must be chat or ping.")
        except ChatError as error:
            self.poster.post(frame.connection_id, failed_frame(message_id, error))
        except Exception as error:
            self.poster.post(frame.connection_id, failed_frame(message_id, unforeseen(error)))
            raise

    def _chat(self, frame: Frame, body: dict) -> None:
        token = body.pop("token", None)
        if not isinstance(token, str):
            raise Unauthorized
        ask = parse_ask(body, message_id_required=True)
        admitted = self.api.door.admit(token)
        turn = {"ask": asdict(ask), "admitted": asdict(admitted), "connection_id": frame.connection_id, "request_id": frame.request_id}
        try:
            self.lambda_client.invoke(FunctionName=self.function_name, InvocationType="Event", Payload=json.dumps({"turn": turn}).encode())
        except (ClientError, BotoCoreError) as error:
            self.api.door.give_back(admitted)
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "TooManyRequestsException":
                raise RateLimited(retry_after=2) from error
            raise Internal from error

    def run(self, turn: Mapping, *, seconds: float) -> Outcome | None:
        """Take the turn that a frame asked for, and tell its connection."""
        ask = Ask(**turn["ask"])
        guest = Guest(**turn["admitted"]["guest"])
        admitted = Admitted(guest, turn["admitted"]["token_hash"])
        connection_id = turn["connection_id"]
        audience = Connections(self.poster, connection_id, quota_json(guest, self.api.clock()))
        try:
            outcome = take(self.api, admitted, lambda guest: self.api.chat.take(ask, guest.id, audience, seconds=seconds))
        except ChatError as error:
            self.poster.post(connection_id, failed_frame(ask.message_id, error))
            return None
        except Exception as error:
            self.poster.post(connection_id, failed_frame(ask.message_id, unforeseen(error)))
            raise
        if not outcome.asked:
            # Its count was given back.
            given_back = Connections(self.poster, connection_id, quota_json(replace(guest, used=guest.used - 1), self.api.clock()))
            self._replay(outcome, connection_id, given_back)
        return outcome

    def _replay(self, outcome: Outcome, connection_id: str, audience: "Connections") -> None:
        """Tell a reply that another call asked for: the running turn does it, or, if that has ended, this one."""
        reply = outcome.reply
        if reply.status == "streaming":
            self.api.store.replies.ask_to_listen(outcome.turn, connection_id)
            time.sleep(1)
            reply = self.api.store.messages.of_turn(outcome.turn, "assistant", now=self.api.clock())
            if reply is None or reply.status == "streaming":
                return
        transcript = Transcript()
        transcript.write(reply.text)
        transcript.close(End(reply.status))
        audience.begin(outcome.turn, transcript)
        audience.end(outcome.turn, reply, None)


def unforeseen(error: Exception) -> ChatError:
    """What a guest is told of an error that no part translated: the store's, or nobody's."""
    return translate(error) if isinstance(error, ClientError | BotoCoreError) else Internal()


class Connections:
    """The audience of a turn over WebSocket: the connection that asked, and those that joined after a reconnect."""

    def __init__(self, poster: Poster, connection_id: str, quota: dict):
        self._poster, self._first, self._quota = poster, connection_id, quota
        self._listeners: dict[str, Listener] = {}
        self._turn: Turn | None = None
        self._transcript: Transcript | None = None

    def begin(self, turn: Turn, transcript: Transcript) -> None:
        """Start to tell the connection that asked."""
        self._turn, self._transcript = turn, transcript
        self.join(frozenset({self._first}))

    def join(self, connections: frozenset[str]) -> None:
        """Start to tell connections that are not told yet, from the reply's first word."""
        for connection_id in connections - set(self._listeners):
            started = {
                "type": "started",
                "message_id": self._turn.message_id,
                "reply_id": self._turn.reply_id,
                "conversation_id": self._turn.conversation_id,
            }
            listener = Listener(lambda frame, to=connection_id: self._poster.post(to, frame), started, self._transcript)
            self._listeners[connection_id] = listener
            listener.start()

    def end(self, turn: Turn, reply: Message, error: ChatError | None) -> None:
        """Tell everyone how it ended."""
        finished = {
            "type": "finished",
            "reply_id": turn.reply_id,
            "status": reply.status,
            "usage": usage_json(reply.usage),
            "quota": self._quota,
        }
        last = failed_frame(turn.message_id, error) if error else finished
        for listener in self._listeners.values():
            listener.finish(last)
        until = time.monotonic() + _LINGER
        for listener in self._listeners.values():
            listener.join(max(0.0, until - time.monotonic()))
