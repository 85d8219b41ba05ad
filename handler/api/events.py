"""API Gateway's events in, its answers out: the only code that knows their shapes."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handler.errors import ChatError, Internal, InvalidRequest, TooLarge
from handler.schemas import Json
from handler.store.errors import translate

Event = Mapping[str, Any]

# Seconds for a turn over HTTP: API Gateway gives a call 30, and a function that has answered is
# frozen.
TURN_SECONDS = 25
# No request of the contract is larger: the longest text, escaped, and its ids.
_MAX_BODY = 131_072


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One HTTP request (payload 2.0); `route` is the key that API Gateway matched."""

    route: str
    path: Event
    query: Event
    token: str | None
    body: bytes
    request_id: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a socket; `route` is `$connect`, `$disconnect` or any other."""

    route: str
    connection_id: str
    origin: str | None
    body: bytes
    request_id: str


def http_call(event: Event) -> HttpCall:
    headers, request = _mapping(event, "headers"), _mapping(event, "requestContext")
    scheme, _, token = str(headers.get("authorization", "")).partition(" ")
    return HttpCall(
        route=str(event.get("routeKey", "")),
        path=_mapping(event, "pathParameters"),
        query=_mapping(event, "queryStringParameters"),
        token=token.strip() if scheme.lower() == "bearer" else None,
        body=_body(event),
        request_id=str(request.get("requestId", "")),
    )


def frame(event: Event) -> Frame:
    """`origin` comes with the handshake; a program sends none."""
    request = _mapping(event, "requestContext")
    headers = {str(name).lower(): value for name, value in _mapping(event, "headers").items()}
    return Frame(
        route=str(request.get("routeKey", "")),
        connection_id=str(request.get("connectionId") or ""),
        origin=headers.get("origin"),
        body=_body(event),
        request_id=str(request.get("requestId", "")),
    )


def json_object(body: bytes) -> Json:
    """A body as a JSON object. Raises InvalidRequest or TooLarge."""
    if len(body) > _MAX_BODY:
        raise TooLarge(f"The body has {len(body)} bytes; {_MAX_BODY} are the most.")
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The body is not JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise InvalidRequest("The body is not a JSON object.")
    return value


def answer(status: int, body: object = None, *, content_type: str = "application/json") -> Json:
    """An HTTP answer; `body` is JSON-encoded unless it is text already."""
    headers = {"cache-control": "no-store"}
    if body is None:
        return {"statusCode": status, "headers": headers}
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return {"statusCode": status, "headers": headers | {"content-type": content_type}, "body": text}


def refusal(error: ChatError, body: Json, *, content_type: str = "application/json") -> Json:
    """An HTTP answer that refuses, with a body of any shape."""
    refused = answer(error.status, body, content_type=content_type)
    if error.retry_after is not None:
        refused["headers"]["retry-after"] = str(error.retry_after)
    return refused


def public(error: Exception) -> ChatError:
    """An error as a guest reads it: the store's are translated, unforeseen ones say nothing."""
    if isinstance(error, ChatError):
        return error
    return translate(error) if isinstance(error, ClientError | BotoCoreError) else Internal()


def _mapping(event: Event, name: str) -> Event:
    value = event.get(name)
    return value if isinstance(value, Mapping) else {}


def _body(event: Event) -> bytes:
    """Nothing, which is not JSON, where the body is no text or no base64."""
    body = event.get("body")
    if not isinstance(body, str):
        return b""
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        return b""
