"""Who is told a reply while it is written, over WebSocket."""

import time

from handler.api.events import Poster
from handler.chat.listener import Listener
from handler.chat.transcript import Transcript
from handler.errors import ChatError
from handler.schemas import failed_frame, usage_json
from handler.values import Message, Turn

# How long (seconds) a finished turn waits for connections that read slowly before it leaves them to
# re-read over HTTP.
_LINGER = 10


class Broadcast:
    """The connection that asked for a turn, if it was one, and those that joined after a reconnect.
    `quota` in the contract's shape."""

    def __init__(self, poster: Poster, quota: dict, first: str | None = None):
        self._poster, self._quota, self._first = poster, quota, first
        self._listeners: dict[str, Listener] = {}
        self._turn: Turn | None = None
        self._transcript: Transcript | None = None

    def begin(self, turn: Turn, transcript: Transcript) -> None:
        """Start to tell the connection that asked."""
        self._turn, self._transcript = turn, transcript
        if self._first:
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
            listener = Listener(
                lambda frame, to=connection_id: self._poster.post(to, frame),
                started,
                self._transcript,
            )
            self._listeners[connection_id] = listener
            listener.start()

    def end(self, turn: Turn, reply: Message, error: ChatError | None) -> None:
        """Tell everyone how it ended."""
        finished = {
            "type": "finished",
            "reply_id": turn.reply_id,
            "status": reply.status,
            "model": reply.model,
            "usage": usage_json(reply.usage),
            "quota": self._quota,
        }
        if reply.guarded:
            finished["guardrail"] = True
        last = failed_frame(turn.message_id, error) if error else finished
        for listener in self._listeners.values():
            listener.finish(last)
        until = time.monotonic() + _LINGER
        for listener in self._listeners.values():
            listener.join(max(0.0, until - time.monotonic()))
