"""One connection that is told a reply as it is written: first words at once, then in pieces that
cost less than the model."""

import threading
import time
from collections.abc import Callable

from handler.chat.transcript import Transcript
from handler.text import whole

# API Gateway bills every 32 KB message, so a post per token would cost more than the model. A piece
# goes out after GAP seconds when it is PIECE characters long (a third of what was said more, up to
# LONG; later a 25th), after LULL seconds already with PIECE, and after PATIENCE seconds with
# anything: some 10 pieces for 300 tokens at a model's usual speed, at most 25 down to three tokens
# a second. The page draws them evenly (site/js/reveal.js).
PIECE = 60
LONG = 260
GAP = 0.25
LULL = 1.5
PATIENCE = 4.5
# A frame stays far below API Gateway's 32 KB, counted in UTF-8 after JSON has escaped it.
FRAME = 4_000

# Sends one frame; False when the connection is gone for good.
Post = Callable[[dict], bool]


class Listener(threading.Thread):
    """Follows one transcript for one connection. A slow connection gets longer pieces, a gone one
    ends its own thread only."""

    def __init__(
        self,
        post: Post,
        opening: dict,
        transcript: Transcript,
        clock: Callable[[], float] = time.monotonic,
    ):
        super().__init__(daemon=True)
        self._post, self._opening, self._transcript, self._clock = post, opening, transcript, clock
        self._last: dict | None = None
        self._may_end = threading.Event()

    def run(self) -> None:
        """Tell the whole reply, then what `finish` says."""
        if not self._post(self._opening) or not self._follow():
            return
        self._may_end.wait()
        if self._last:
            self._post(self._last)

    def finish(self, last: dict | None) -> None:
        """The frame that ends the reply for this connection; sent after every delta."""
        self._last = last
        self._may_end.set()

    def _follow(self) -> bool:
        told, sequence, since = 0, 0, self._clock()
        while True:
            self._transcript.wait(GAP if told else 5)
            # The end is read before the text, so that nothing written before it is missed.
            ended = self._transcript.end is not None
            text = self._transcript.text
            ready = len(text) if ended else told + whole(text[told:])
            if ready > told and (ended or told == 0 or self._is_due(ready - told, told, since)):
                while told < ready:
                    piece = text[told:ready][:FRAME]
                    if told + len(piece) < ready:
                        piece = piece[: whole(piece) or FRAME]
                    if not self._post(
                        {
                            "type": "delta",
                            "reply_id": self._opening["reply_id"],
                            "seq": sequence,
                            "text": piece,
                        }
                    ):
                        return False
                    told, sequence = told + len(piece), sequence + 1
                since = self._clock()
            elif not ended and ready > told:
                time.sleep(0.02)
            if ended:
                return True

    def _is_due(self, pending: int, told: int, since: float) -> bool:
        waited = self._clock() - since
        if waited < GAP:
            return False
        want = max(min(PIECE + told // 3, LONG), PIECE + told // 25)
        return pending >= want or (waited >= LULL and pending >= PIECE) or waited >= PATIENCE
