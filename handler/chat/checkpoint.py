"""What a running turn does beside the model's stream: saves what is written, says that it lives,
looks what is asked of it."""

import time
from collections.abc import Callable

from handler.store import Store
from handler.telemetry.log import log
from handler.values import Control, Turn

# How often (seconds) a running turn looks whether it shall stop: within the second that the
# contract promises.
_LOOK = 0.7
# A chunk is saved when it is this long (UTF-8 bytes: with its keys and what comes until the next
# look it stays below the 1 KB of one write unit) or this old (seconds).
_CHUNK_BYTES = 700
_CHUNK_AGE = 3.0
# A turn that waits for its model says this often (seconds) that it lives.
_PULSE = 10.0


class Checkpoint:
    """Keeps one reply while it is written."""

    def __init__(self, store: Store, turn: Turn, *, clock: Callable[[], float]):
        self._store, self._turn, self._clock = store, turn, clock
        self._saved, self._number = 0, 0
        self._looked = self._pulsed = time.monotonic()

    def look(self, text: str) -> Control | None:
        """Save what is due; every so often, what others have asked of the turn meanwhile.

        A write or read that fails is made good by the next one: the words that come are worth more
        than one chunk, and the end of the reply is stored whole."""
        now = time.monotonic()
        try:
            self._save(text, now)
            if now - self._looked < _LOOK:
                return None
            self._looked = now
            return self._store.replies.control(self._turn)
        except Exception as error:
            log("chunk", self._turn.reply_id, now, error=repr(error))
            return None

    def _save(self, text: str, now: float) -> None:
        pending = text[self._saved :]
        if pending and (len(pending.encode()) >= _CHUNK_BYTES or now - self._pulsed >= _CHUNK_AGE):
            self._store.replies.save_chunk(self._turn, self._number, pending, now=self._clock())
            self._saved, self._number, self._pulsed = (
                self._saved + len(pending),
                self._number + 1,
                now,
            )
        elif now - self._pulsed >= _PULSE:
            self._store.replies.keep_alive(self._turn, now=self._clock())
            self._pulsed = now
