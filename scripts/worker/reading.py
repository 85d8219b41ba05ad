"""Reads one reply from the model."""

import threading

from scripts.llm.ask import BedrockError, ModelRequest
from scripts.llm.upstream import Upstream

# What a model's server answers when it is the request that is wrong, not the server.
_REQUEST = "ValidationException"


class Reading:
    """A reply that is read in a thread of its own, so that a silent model holds up no beat."""

    def __init__(self, upstream: Upstream, ask: ModelRequest):
        self.finish: str | None = None
        self.error: str | None = None
        self.broken = False
        self.tokens = (0, 0)
        self._text, self._lock = [], threading.Lock()
        self._news, self._ended, self._aborted, self._begun = (
            threading.Event(),
            threading.Event(),
            threading.Event(),
            False,
        )
        self._reply = None
        threading.Thread(target=self._read, args=(upstream, ask), daemon=True).start()

    @property
    def ended(self) -> bool:
        """Whether nothing more comes. Then `finish` is the model's reason, or `error` a sentence;
        `broken` says that it is the server's fault; `tokens` are those in and out."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> None:
        """Returns then, or at once with the first word and with the end."""
        self._news.wait(seconds)
        if not self.ended:
            self._news.clear()

    def take(self) -> str:
        """What came since it was asked last."""
        with self._lock:
            text, self._text = "".join(self._text), []
        return text

    def abort(self) -> None:
        """Have the model stop writing. May be called from any thread, at any time."""
        with self._lock:
            self._aborted.set()
            reply = self._reply
        if reply:
            reply.abort()
        self._end()

    def _read(self, upstream: Upstream, ask: ModelRequest) -> None:
        try:
            reply = upstream.connect()
            with self._lock:
                self._reply = reply
            if self._aborted.is_set():
                reply.abort()
            upstream.send(reply, ask)
            for chunk in reply.chunks():
                self._keep(chunk.text)
                self.finish = chunk.finish or self.finish
                if chunk.usage:
                    self.tokens = (
                        int(chunk.usage.get("prompt_tokens") or 0),
                        int(chunk.usage.get("completion_tokens") or 0),
                    )
        except BedrockError as error:
            self._fail(error.message, broken=error.code != _REQUEST)
        except Exception as error:  # whatever a server says, the job must end
            self._fail(
                f"The model server's answer cannot be read ({type(error).__name__}).", broken=True
            )
        finally:
            if self._reply:
                self._reply.close()
            self._end()

    def _keep(self, text: str) -> None:
        if not text:
            return
        with self._lock:
            self._text.append(text)
            # One for each piece: what a stopped reply has used, as its server tells only at the
            # end.
            self.tokens = (self.tokens[0], self.tokens[1] + 1)
        if not self._begun:
            self._begun = True
            self._news.set()

    def _fail(self, sentence: str, *, broken: bool) -> None:
        if not self._aborted.is_set():
            self.error, self.broken = sentence, broken

    def _end(self) -> None:
        self._ended.set()
        self._news.set()
