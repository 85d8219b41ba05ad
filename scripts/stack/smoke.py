"""Whether a stack answers: the page with its headers, the API's health, a WebSocket, and one real
turn."""

import json
import os
import time
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

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


def chat(deployed: DeployedStack, say: Callable[[str], None], *, switch_on: bool = False) -> None:
    """One turn by a guest that exists only for it. With `switch_on` a model that is off is on
    meanwhile. Raises Failure."""
    store, name, now = deployed.store(), f"smoke-{os.getpid()}", time.time()
    switched = switch_on and not store.switch.read(now=now)[0].on(now)
    token = deployed.mint(name, days=1, daily=3)
    try:
        if switched:
            store.switch.switch_on(until=int(now) + TURN_SECONDS)
        _timed(
            "turn",
            lambda: turn(deployed.outputs["ws_url"], deployed.outputs["site_origin"], token),
            say,
        )
    finally:
        store.guests.revoke(name=name)
        if switched:
            store.switch.switch_off()


def door(outputs: dict, say: Callable[[str], None], patience: float = 0) -> None:
    """What answers without the model, each within `patience` seconds: a new address takes a while
    to be known. Raises Failure."""
    _timed(
        "page",
        lambda: _patiently(
            lambda: page(outputs["site_url"], cdn=bool(outputs.get("distribution_id"))), patience
        ),
        say,
    )
    _timed("health", lambda: _patiently(lambda: health(outputs["api_url"]), patience), say)
    _timed(
        "socket",
        lambda: _patiently(lambda: socket(outputs["ws_url"], outputs["site_origin"]), patience),
        say,
    )


def page(url: str, *, cdn: bool) -> str:
    """The page is served, through CloudFront with the headers that it adds."""
    answer = _get(url, "page")
    if b"<html" not in answer.content.lower():
        raise Failure(f"{url} does not serve the page.")
    wrong = [name for name, value in HEADERS.items() if cdn and answer.headers.get(name) != value]
    if wrong:
        raise Failure(f"The page is served without its security headers ({', '.join(wrong)}).")
    return f"{len(answer.content)} bytes" + (f", {len(HEADERS)} security headers" if cdn else "")


def socket(url: str, origin: str) -> str:
    """A WebSocket opens and answers."""
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    try:
        with connect(url, origin=origin, open_timeout=PAGE_SECONDS) as opened:
            opened.send(json.dumps({"action": "ping"}))
            said = json.loads(opened.recv(timeout=PAGE_SECONDS))
    except (OSError, TimeoutError, ValueError, WebSocketException) as error:
        raise Failure(
            f"The WebSocket at {url} does not answer: {error or type(error).__name__}."
        ) from error
    if said.get("type") != "pong":
        raise Failure(f"The WebSocket at {url} does not answer a ping.")
    return "ping, pong"


def health(url: str) -> str:
    """The API answers."""
    return f"version {_get(url + '/health', 'API').json().get('version')}"


def me(url: str, token: str) -> bool:
    """Whether the token opens the door. Raises Failure when the API does not answer."""
    import requests

    try:
        answer = requests.get(
            f"{url}/me", headers={"Authorization": f"Bearer {token}"}, timeout=PAGE_SECONDS
        )
    except requests.RequestException as error:
        raise Failure(f"The API does not answer at {url}.") from error
    if answer.status_code not in (200, 401):
        raise Failure(f"The API answers {answer.status_code} at {url}/me.")
    return answer.status_code == 200


def turn(url: str, origin: str, token: str) -> str:
    """Asks the model once and reads the reply to its end."""
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    text, started, first = "", time.monotonic(), None
    try:
        with connect(url, origin=origin, open_timeout=PAGE_SECONDS) as socket:
            socket.send(
                json.dumps(
                    {"action": "chat", "token": token, "text": QUESTION, "message_id": new_id()}
                )
            )
            while True:
                frame = json.loads(socket.recv(timeout=TURN_SECONDS))
                if frame["type"] == "delta":
                    first = first or time.monotonic() - started
                    text += frame["text"]
                elif frame["type"] == "failed":
                    raise Failure(f"The turn failed ({frame.get('code')}): {frame.get('detail')}")
                elif frame["type"] == "finished":
                    break
    except (OSError, TimeoutError, WebSocketException) as error:
        raise Failure(
            f"The WebSocket at {url} gave no reply: {error or type(error).__name__}."
        ) from error
    if frame["status"] != "complete" or not text.strip():
        raise Failure(f"The reply ended as {frame['status']} with {len(text)} characters.")
    return f"{len(text)} characters, the first after {first:.2f} s"


def _get(url: str, what: str):
    import requests

    parts = urlsplit(url)
    headers = {}
    # Browsers resolve *.localhost by themselves, Python asks the system, which may not know it.
    if (parts.hostname or "").endswith(".localhost"):
        headers["Host"] = parts.netloc
        url = urlunsplit(parts._replace(netloc=f"127.0.0.1:{parts.port}"))
    try:
        answer = requests.get(url, headers=headers, timeout=PAGE_SECONDS)
    except requests.RequestException as error:
        raise Failure(f"The {what} does not answer at {url}.") from error
    if answer.status_code != 200:
        raise Failure(f"The {what} answers {answer.status_code} at {url}.")
    return answer


def _patiently(task: Callable[[], str], seconds: float) -> str:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return task()
        except Failure:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)


def _timed(name: str, task: Callable[[], str], say: Callable[[str], None]) -> None:
    started = time.monotonic()
    found = task()
    say(f"{name:<7} {time.monotonic() - started:5.2f} s  {found}")
