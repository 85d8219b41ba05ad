"""One real turn through a stack: the page, the API's health, and a reply over the WebSocket."""

import json
import time
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from handler.ids import new_id
from scripts.progress import Failure

PAGE_SECONDS, TURN_SECONDS = 30, 120
QUESTION = "Say hello in one short sentence."


def run(outputs: dict, token: str, say: Callable[[str], None]) -> None:
    """Raises Failure at the first thing that does not answer as it should."""
    _timed("page", lambda: page(outputs["site_url"]), say)
    _timed("health", lambda: health(outputs["api_url"]), say)
    _timed("turn", lambda: turn(outputs["ws_url"], outputs["site_origin"], token), say)


def page(url: str) -> str:
    """The page is served."""
    answer = _get(url, "page")
    if b"<html" not in answer.content.lower():
        raise Failure(f"{url} does not serve the page.")
    return f"{len(answer.content)} bytes"


def health(url: str) -> str:
    """The API answers."""
    return f"version {_get(url + '/health', 'API').json().get('version')}"


def me(url: str, token: str) -> bool:
    """Whether the token opens the door. Raises Failure when the API does not answer."""
    import requests

    try:
        answer = requests.get(f"{url}/me", headers={"Authorization": f"Bearer {token}"}, timeout=PAGE_SECONDS)
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
            socket.send(json.dumps({"action": "chat", "token": token, "text": QUESTION, "message_id": new_id()}))
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
        raise Failure(f"The WebSocket at {url} gave no reply: {error or type(error).__name__}.") from error
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


def _timed(name: str, task: Callable[[], str], say: Callable[[str], None]) -> None:
    started = time.monotonic()
    found = task()
    say(f"{name:<7} {time.monotonic() - started:5.2f} s  {found}")
