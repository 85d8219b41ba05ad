"""What a running turn does beside the model's stream: it saves the partial text, sends a heartbeat
and looks for a stop request and for listeners."""

import time

from handler.chat.ports import Clock, ReplyStore
from handler.telemetry.log import log
from handler.values import Control, Turn

# Seconds between checks for a stop request. The contract promises a stop within one second.
_CHECK = 0.7
# A chunk is saved when it is this long (UTF-8 bytes: with its keys and what comes until the next
# check it stays below the 1 KB of one write unit) or this old (seconds).
_CHUNK_BYTES = 700
_CHUNK_AGE = 3.0
# Seconds between heartbeats of a turn that waits for its model.
_HEARTBEAT = 10.0


class Checkpoint:
    def __init__(self, replies: ReplyStore, turn: Turn, *, clock: Clock) -> None:
        self._replies = replies
        self._turn = turn
        self._clock = clock
        self._saved = 0
        self._chunks = 0
        self._checked_at = time.monotonic()
        self._written_at = time.monotonic()

    def check(self, text: str) -> Control | None:
        """Save what is due; every so often, what others have requested of the turn meanwhile.

        The next one makes up for a write or read that fails: the words that come are worth more
        than one chunk, and the end of the reply is stored whole."""
        now = time.monotonic()
        try:
            self._save(text, now)
            if now - self._checked_at < _CHECK:
                return None
            self._checked_at = now
            return self._replies.control(self._turn)
        except Exception as error:
            log("chunk", self._turn.reply_id, now, error=repr(error))
            return None

    def _save(self, text: str, now: float) -> None:
        pending, age = text[self._saved :], now - self._written_at
        if pending and (len(pending.encode()) >= _CHUNK_BYTES or age >= _CHUNK_AGE):
            self._replies.save_chunk(self._turn, self._chunks, pending, now=self._clock())
            self._saved += len(pending)
            self._chunks += 1
            self._written_at = now
        elif age >= _HEARTBEAT:
            self._replies.keep_alive(self._turn, now=self._clock())
            self._written_at = now
