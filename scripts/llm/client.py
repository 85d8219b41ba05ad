"""A client of servers that speak OpenAI's chat completions, streamed."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from scripts.llm.control_tokens import escape
from scripts.llm.request import BedrockError, ModelRequest, invalid, unavailable

CONNECT_SECONDS = 5
# The longest silence between two tokens. A long prompt on a slow machine takes minutes before the
# first.
SILENCE_SECONDS = 300
# Parameters of llama.cpp alone; a small model repeats itself without the penalty.
LLAMA = {"cache_prompt": True, "repeat_penalty": 1.1, "repeat_last_n": 128, "min_p": 0.05}


@dataclass(frozen=True)
class Chunk:
    """A piece of the reply; the last ones say why it ended and what it used."""

    text: str = ""
    finish: str | None = None
    usage: dict | None = None


class Reply:
    """A reply being written. `abort` may be called from any thread and ends the generation."""

    _response: HTTPResponse

    def __init__(self, connection: HTTPConnection):
        self._connection = connection
        self._socket = connection.sock
        self._aborted = False
        self._lock = threading.Lock()

    def start(self, path: str, body: dict, headers: dict[str, str]) -> None:
        """Sends the request and reads the status. Raises BedrockError, OSError, HTTPException."""
        self._connection.request("POST", path, json.dumps(body), headers)
        self._response = self._connection.getresponse()
        if self._response.status != 200:
            raise _refusal(self._response.status, self._response.read(65536))

    def chunks(self) -> Iterator[Chunk]:
        """Raises BedrockError when the server fails midway; just ends when aborted."""
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
        with self._lock:
            if not self._aborted:
                self._aborted = True
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.abort()
        self._connection.close()


@dataclass(frozen=True)
class ChatClient:
    """`url` with or without its `/v1`; `name` is the model's; `llama` says that the server is
    llama.cpp."""

    url: str
    key: str | None = field(default=None, repr=False)
    name: str | None = None
    llama: bool = False

    def ready(self) -> bool:
        try:
            with closing(self._connect(CONNECT_SECONDS)) as connection:
                connection.request("GET", self.path("/models"), headers=self._headers())
                return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False

    def connect(self) -> Reply:
        """A reply whose request is not sent yet, so that `abort` can end it while the server still
        reads the prompt. Raises BedrockError."""
        with _translated():
            return Reply(self._connect(SILENCE_SECONDS))

    def send(self, reply: Reply, request: ModelRequest) -> None:
        """Returns once the server has accepted the request. Raises BedrockError."""
        with _translated():
            reply.start(self.path("/chat/completions"), self.body(request), self._headers())

    def body(self, request: ModelRequest) -> dict:
        messages = [one | {"content": escape(one["content"])} for one in request.messages]
        return {
            "messages": messages,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "stream": True,
            "stream_options": {"include_usage": True},
            **({"model": self.name} if self.name else {}),
            **(LLAMA if self.llama else {}),
        }

    def path(self, operation: str) -> str:
        base = urlsplit(self.url).path.rstrip("/").removesuffix("/chat/completions")
        return (base or "/v1") + operation

    def _connect(self, seconds: float) -> HTTPConnection:
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
        connection.connect()
        connection.sock.settimeout(seconds)
        return connection

    def _headers(self) -> dict[str, str]:
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


def _chunk(data: dict) -> Chunk:
    if "error" in data:
        raise unavailable("The model server failed midway.")
    choice = (data.get("choices") or [{}])[0]
    text = (choice.get("delta") or {}).get("content") or ""
    return Chunk(text=text, finish=choice.get("finish_reason"), usage=data.get("usage"))


def _refusal(status: int, body: bytes) -> BedrockError:
    if status == 429:
        return BedrockError("ThrottlingException", "The model server is busy.")
    # llama.cpp: exceed_context_size_error; OpenAI: context_length_exceeded.
    if status in (400, 413) and b"context" in body:
        return invalid("Input is too long for requested model.")
    if status in (400, 413, 422):
        reason = body.decode(errors="replace")[:300]
        return invalid(f"The model server refused the request: {reason}")
    return unavailable(f"The model server answers {status}.")
