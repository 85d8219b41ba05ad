"""A reply streamed to sockets while it is written: first words at once, then in pieces that cost
less than the model."""

import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from handler.chat.transcript import Transcript
from handler.schemas import Json, delta_frame
from handler.text import whole

# API Gateway bills every 32 KB message, so a post per token would cost more than the model. A piece
# goes out after GAP seconds when it is PIECE characters long (a third of what was sent more, up to
# LONG; later a 25th), after LULL seconds already with PIECE, and after PATIENCE seconds with
# anything: some 10 pieces for 300 tokens at a model's usual speed, at most 25 down to three tokens
# a second. The page draws them evenly (site/js/views/reveal.js).
PIECE = 60
LONG = 260
GAP = 0.25
LULL = 1.5
PATIENCE = 4.5
# A frame stays far below API Gateway's 32 KB, counted in UTF-8 after JSON has escaped it.
FRAME = 4_000
# Seconds that a finished turn waits for slow connections before it leaves them to read over HTTP.
_LINGER = 10


class Poster(Protocol):
    def post(self, connection_id: str, frame: Json) -> bool:
        """Send one frame. False when the connection is gone or cannot be reached."""


class Broadcast:
    """Streams one reply to the socket that called for it and to those that joined later."""

    def __init__(self, poster: Poster, started: Json, transcript: Transcript) -> None:
        self._poster = poster
        self._started = started
        self._transcript = transcript
        self._senders: dict[str, Sender] = {}

    def join(self, connections: Iterable[str]) -> None:
        """Stream to connections that have not joined yet, from the reply's first word."""
        for connection_id in set(connections) - set(self._senders):
            post = partial(self._poster.post, connection_id)
            sender = Sender(post, self._started, self._transcript)
            self._senders[connection_id] = sender
            sender.start()

    def end(self, last: Json) -> None:
        """Send everyone the frame that ends the reply, and wait until they have it."""
        for sender in self._senders.values():
            sender.finish(last)
        until = time.monotonic() + _LINGER
        for sender in self._senders.values():
            sender.join(max(0.0, until - time.monotonic()))


class Sender(threading.Thread):
    """Follows one transcript for one connection. A slow connection gets longer pieces; one that is
    gone ends its own thread only."""

    def __init__(self, post: Callable[[Json], bool], started: Json, transcript: Transcript) -> None:
        super().__init__(daemon=True)
        self._post = post
        self._started_frame = started
        self._transcript = transcript
        self._last: Json | None = None
        self._may_end = threading.Event()
        self._sequence = 0

    def run(self) -> None:
        if not self._post(self._started_frame) or not self._follow():
            return
        self._may_end.wait()
        if self._last:
            self._post(self._last)

    def finish(self, last: Json) -> None:
        """The frame that ends the reply; it is sent after every delta."""
        self._last = last
        self._may_end.set()

    def _follow(self) -> bool:
        """Whether all of the reply was sent."""
        sent, since = 0, time.monotonic()
        while True:
            self._transcript.wait(GAP if sent else 5)
            # The end is read before the text, so that nothing written before it is missed.
            ended = self._transcript.end is not None
            text = self._transcript.text
            ready = len(text) if ended else sent + whole(text[sent:])
            waited = time.monotonic() - since
            if ready > sent and (ended or sent == 0 or is_due(ready - sent, sent, waited)):
                if not self._send(text[sent:ready]):
                    return False
                sent, since = ready, time.monotonic()
            elif not ended and ready > sent:
                time.sleep(0.02)
            if ended:
                return True

    def _send(self, text: str) -> bool:
        """Post a piece of the reply in as many frames as it needs, cut where a reader would."""
        while text:
            piece = text[:FRAME]
            if len(piece) < len(text):
                piece = piece[: whole(piece) or FRAME]
            if not self._post(delta_frame(self._started_frame["reply_id"], self._sequence, piece)):
                return False
            self._sequence += 1
            text = text[len(piece) :]
        return True


def is_due(pending: int, sent: int, waited: float) -> bool:
    """Whether a piece of `pending` characters goes out after `waited` seconds, where `sent`
    characters went before."""
    if waited < GAP:
        return False
    want = max(min(PIECE + sent // 3, LONG), PIECE + sent // 25)
    return pending >= want or (waited >= LULL and pending >= PIECE) or waited >= PATIENCE
