"""Whether a stack answers: the page with its headers, the API's health, a WebSocket, and one real
turn."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import requests
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from handler.ids import new_id
from scripts.console.progress import Failure
from scripts.stack.connection import DeployedStack

PAGE_SECONDS, TURN_SECONDS = 30, 120
QUESTION = "Say hello in one short sentence."
# What only CloudFront adds (terraform/modules/site/cdn.tf); S3 alone has no headers of its own
# choosing.
HEADERS = {
    "content-security-policy": "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
PAUSE = 3

Say = Callable[[str], None]


def endpoints(outputs: dict, say: Say, patience: float = 0) -> None:
    """What answers without the model, each within `patience` seconds: a new address takes a while
    to be known. Raises Failure."""
    is_cdn = bool(outputs.get("distribution_id"))
    checks: dict[str, Callable[[], str]] = {
        "page": lambda: page(outputs["site_url"], cdn=is_cdn),
        "health": lambda: health(outputs["api_url"]),
        "socket": lambda: ping(outputs["ws_url"], outputs["site_origin"]),
    }
    for name, check in checks.items():
        _timed(name, check, say, patience)


def chat(deployed: DeployedStack, say: Say, *, switch_on: bool = False) -> None:
    """One turn by a guest that exists only for it. With `switch_on` a model that is off is on
    meanwhile. Raises Failure."""
    store, name, now = deployed.store(), f"smoke-{os.getpid()}", time.time()
    switched = switch_on and not store.switch.read(now=now)[0].on(now)
    token = deployed.mint(name, days=1, daily=3)
    url, origin = deployed.outputs["ws_url"], deployed.outputs["site_origin"]
    try:
        if switched:
            store.switch.switch_on(until=int(now) + TURN_SECONDS)
        _timed("turn", lambda: turn(url, origin, token), say)
    finally:
        store.guests.revoke(name=name)
        if switched:
            store.switch.switch_off()


def page(url: str, *, cdn: bool) -> str:
    """The page is served, through CloudFront with the headers that it adds."""
    answer = _get(url, "page")
    if b"<html" not in answer.content.lower():
        raise Failure(f"{url} does not serve the page.")
    wrong = [name for name, value in HEADERS.items() if cdn and answer.headers.get(name) != value]
    if wrong:
        raise Failure(f"The page is served without its security headers ({', '.join(wrong)}).")
    return f"{len(answer.content)} bytes" + (f", {len(HEADERS)} security headers" if cdn else "")


def health(url: str) -> str:
    """The API answers."""
    return f"version {_get(url + '/health', 'API').json().get('version')}"


def ping(url: str, origin: str) -> str:
    """A WebSocket opens and answers."""
    with _socket(url, origin, "does not answer") as socket:
        socket.send(json.dumps({"action": "ping"}))
        said = json.loads(socket.recv(timeout=PAGE_SECONDS))
    if said.get("type") != "pong":
        raise Failure(f"The WebSocket at {url} does not answer a ping.")
    return "ping, pong"


def turn(url: str, origin: str, token: str) -> str:
    """The model answers one question to the end."""
    text, started, first = "", time.monotonic(), 0.0
    question = {"action": "chat", "token": token, "text": QUESTION, "message_id": new_id()}
    with _socket(url, origin, "gave no reply") as socket:
        socket.send(json.dumps(question))
        while (frame := json.loads(socket.recv(timeout=TURN_SECONDS)))["type"] != "finished":
            if frame["type"] == "failed":
                raise Failure(f"The turn failed ({frame.get('code')}): {frame.get('detail')}")
            if frame["type"] == "delta":
                first = first or time.monotonic() - started
                text += frame["text"]
    status = frame["message"]["status"]
    if status != "complete" or not text.strip():
        raise Failure(f"The reply ended as {status} with {len(text)} characters.")
    return f"{len(text)} characters, the first after {first:.2f} s"


def is_admitted(url: str, token: str) -> bool:
    """Whether the API takes the token. Raises Failure when it does not answer."""
    return _get(f"{url}/me", "API", token, accepted=(200, 401)).status_code == 200


@contextmanager
def _socket(url: str, origin: str, trouble: str) -> Iterator[ClientConnection]:
    """An open WebSocket. Raises Failure, which names the `trouble`."""
    try:
        with connect(url, origin=Origin(origin), open_timeout=PAGE_SECONDS) as opened:
            yield opened
    except (OSError, TimeoutError, ValueError, WebSocketException) as error:
        reason = str(error) or type(error).__name__
        raise Failure(f"The WebSocket at {url} {trouble}: {reason}.") from error


def _get(
    url: str, what: str, token: str = "", accepted: tuple[int, ...] = (200,)
) -> requests.Response:
    parts = urlsplit(url)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # Browsers resolve *.localhost by themselves, Python asks the system, which may not know it.
    if (parts.hostname or "").endswith(".localhost"):
        headers["Host"] = parts.netloc
        url = urlunsplit(parts._replace(netloc=f"127.0.0.1:{parts.port}"))
    try:
        answer = requests.get(url, headers=headers, timeout=PAGE_SECONDS)
    except requests.RequestException as error:
        raise Failure(f"The {what} does not answer at {url}.") from error
    if answer.status_code not in accepted:
        raise Failure(f"The {what} answers {answer.status_code} at {url}.")
    return answer


def _timed(name: str, check: Callable[[], str], say: Say, patience: float = 0) -> None:
    """Says what the check found; a failing one is tried again for `patience` seconds."""
    started = time.monotonic()
    while True:
        try:
            found = check()
            break
        except Failure:
            if time.monotonic() > started + patience:
                raise
            time.sleep(PAUSE)
    say(f"{name:<7} {time.monotonic() - started:5.2f} s  {found}")
