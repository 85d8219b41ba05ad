"""Reads one reply from the model."""

import threading

from scripts.llm.client import ChatClient, Reply
from scripts.llm.request import BedrockError, ModelRequest

# The error for a bad request; all others are the model server's fault.
_BAD_REQUEST = "ValidationException"


class Reading:
    """A reply that is read in a thread of its own, so that a silent model delays no heartbeat.

    Once it has ended, `finish` is the model's reason or `error` a sentence, `broken` says that the
    server is at fault, and `tokens` are those in and out."""

    def __init__(self, client: ChatClient, request: ModelRequest):
        self.finish: str | None = None
        self.error: str | None = None
        self.broken = False
        self.tokens = (0, 0)
        self._text: list[str] = []
        self._lock = threading.Lock()
        self._begun = threading.Event()
        self._ended = threading.Event()
        self._aborted = False
        self._reply: Reply | None = None
        threading.Thread(target=self._read, args=(client, request), daemon=True).start()

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def wait(self, seconds: float) -> None:
        """Returns early with the first word and at the end."""
        (self._ended if self._begun.is_set() else self._begun).wait(seconds)

    def take(self) -> str:
        """The text since the last call."""
        with self._lock:
            text = "".join(self._text)
            self._text.clear()
        return text

    def abort(self) -> None:
        """Ends the generation. May be called from any thread, at any time."""
        with self._lock:
            self._aborted = True
            reply = self._reply
        if reply:
            reply.abort()
        self._end()

    def _read(self, client: ChatClient, request: ModelRequest) -> None:
        try:
            reply = client.connect()
            with self._lock:
                self._reply = reply
            if self._aborted:
                reply.abort()
            client.send(reply, request)
            for chunk in reply.chunks():
                self._keep(chunk.text)
                self.finish = chunk.finish or self.finish
                if usage := chunk.usage:
                    read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
                    self.tokens = (int(read or 0), int(written or 0))
        except BedrockError as error:
            self._fail(error.message, broken=error.code != _BAD_REQUEST)
        except Exception as error:  # whatever a server answers, the job must end
            kind = type(error).__name__
            self._fail(f"The model server's answer cannot be read ({kind}).", broken=True)
        finally:
            if self._reply:
                self._reply.close()
            self._end()

    def _keep(self, text: str) -> None:
        if text:
            with self._lock:
                self._text.append(text)
                # One for each piece: the server reports the true number only at the end, which a
                # stopped reply does not reach.
                self.tokens = (self.tokens[0], self.tokens[1] + 1)
            self._begun.set()

    def _fail(self, sentence: str, *, broken: bool) -> None:
        if not self._aborted:
            self.error = sentence
            self.broken = broken

    def _end(self) -> None:
        self._ended.set()
        self._begun.set()
