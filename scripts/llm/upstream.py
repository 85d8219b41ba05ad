"""The model itself: any server that speaks OpenAI's chat completions, streamed."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from scripts.llm.ask import BedrockError, ModelRequest, invalid
from scripts.llm.neutral import neutral

CONNECT_SECONDS = 5
# The longest silence between two tokens. A long prompt on a slow machine takes minutes before the
# first.
SILENCE_SECONDS = 300
# Parameters of llama.cpp alone; a small model repeats itself without the penalty.
LLAMA = {"cache_prompt": True, "repeat_penalty": 1.1, "repeat_last_n": 128, "min_p": 0.05}


@dataclass(frozen=True)
class Chunk:
    """A piece of the reply; the last ones carry why it ended and what it used."""

    text: str = ""
    finish: str | None = None
    usage: dict | None = None


class Reply:
    """A reply being written. `abort` may be called from another thread and ends the generation at
    once."""

    def __init__(self, connection: HTTPConnection):
        self._connection, self._aborted, self._lock = connection, False, threading.Lock()
        self._socket, self._response = connection.sock, None

    def start(self, path: str, body: dict, headers: dict) -> None:
        """Send the request and read the status. Raises BedrockError, OSError or HTTPException."""
        self._connection.request("POST", path, json.dumps(body), headers)
        self._response = self._connection.getresponse()
        if self._response.status != 200:
            raise _refusal(self._response.status, self._response.read(65536))

    def chunks(self) -> Iterator[Chunk]:
        """Raises BedrockError when the server fails midway; ends quietly when aborted."""
        try:
            while line := self._response.readline():
                data = line.strip().removeprefix(b"data:").strip()
                if data == b"[DONE]":
                    return
                if data and line.startswith(b"data:"):
                    yield _chunk(json.loads(data))
            if not self._aborted:
                raise unavailable("The model server ended the reply midway.")
        except (OSError, HTTPException, ValueError, AttributeError) as error:
            if not self._aborted:
                raise unavailable("The model server broke off the reply.") from error

    def abort(self) -> None:
        """End the generation."""
        with self._lock:
            if not self._aborted:
                self._aborted = True
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the generation and free the connection."""
        self.abort()
        self._connection.close()


@dataclass(frozen=True)
class Upstream:
    """`url` with or without its `/v1`; `llama` says that llama.cpp's own parameters are understood."""

    url: str
    key: str | None = field(default=None, repr=False)
    name: str | None = None
    llama: bool = False

    def ready(self) -> bool:
        """Whether the server answers."""
        try:
            with closing(self._connect(CONNECT_SECONDS)) as connection:
                connection.request("GET", self.path("/models"), headers=self._headers())
                return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False

    def open(self, ask: ModelRequest) -> Reply:
        """Sends the request and waits for the first word. Raises BedrockError."""
        reply = self.connect()
        self.send(reply, ask)
        return reply

    def connect(self) -> Reply:
        """A reply that has not been asked for yet, so that `abort` may end it while the prompt is
        still read. Raises BedrockError."""
        with _translated():
            return Reply(self._connect(SILENCE_SECONDS))

    def send(self, reply: Reply, ask: ModelRequest) -> None:
        """Asks for it. Raises BedrockError."""
        with _translated():
            reply.start(self.path("/chat/completions"), self._body(ask), self._headers())

    def _body(self, ask: ModelRequest) -> dict:
        return {
            "messages": [
                message | {"content": neutral(message["content"])} for message in ask.messages
            ],
            "max_tokens": ask.max_tokens,
            "temperature": ask.temperature,
            "top_p": ask.top_p,
            "stream": True,
            "stream_options": {"include_usage": True},
            **({"model": self.name} if self.name else {}),
            **(LLAMA if self.llama else {}),
        }

    def _connect(self, seconds: float) -> HTTPConnection:
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=CONNECT_SECONDS)
        connection.connect()
        connection.sock.settimeout(seconds)
        return connection

    def path(self, path: str) -> str:
        """Where an operation of the API lies on this server."""
        base = urlsplit(self.url).path.rstrip("/").removesuffix("/chat/completions")
        return (base or "/v1") + path

    def _headers(self) -> dict:
        bearer = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return {"Content-Type": "application/json", "Accept": "text/event-stream", **bearer}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise BedrockError("ModelTimeoutException", "The model server took too long.") from error
    except (OSError, HTTPException) as error:
        raise unavailable("The model server does not answer.") from error


def unavailable(message: str) -> BedrockError:
    """The refusal when the model cannot be reached or failed."""
    return BedrockError("ServiceUnavailableException", message)


def _chunk(data: dict) -> Chunk:
    if "error" in data:
        raise unavailable("The model server failed midway.")
    choice = (data.get("choices") or [{}])[0]
    text = (choice.get("delta") or {}).get("content") or ""
    return Chunk(text=text, finish=choice.get("finish_reason"), usage=data.get("usage"))


def _refusal(status: int, body: bytes) -> BedrockError:
    if status == 429:
        return BedrockError("ThrottlingException", "The model server is busy.")
    if (
        status in (400, 413) and b"context" in body
    ):  # llama.cpp: exceed_context_size_error; OpenAI: context_length_exceeded
        return invalid("Input is too long for requested model.")
    if status in (400, 413, 422):
        return invalid(
            "The model server refused the request: " + body.decode(errors="replace")[:300]
        )
    return unavailable(f"The model server answers {status}.")
