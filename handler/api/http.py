"""The HTTP API: one function a route of the contract (docs/contract.md, section 4)."""

import time

from handler import __version__
from handler.api.events import HttpCall, answer, json_object
from handler.api.take import HTTP_SECONDS, Api, Request, take
from handler.chat.broadcast import Broadcast
from handler.errors import InvalidRequest, NotFound
from handler.ids import is_id
from handler.schemas import (
    conversation_json,
    message_json,
    model_json,
    parse_ask,
    parse_title,
    quota_json,
    spend_json,
)
from handler.telemetry.timings import Timings
from handler.values import iso


def health(_api: Api, _call: HttpCall) -> dict:
    """Whether the function runs. Needs no invite and reads nothing."""
    return answer(200, {"status": "ok", "version": __version__})


def nowhere(_api: Api, _call: HttpCall) -> dict:
    """A path or method that the contract does not have."""
    raise NotFound("There is no such route.")


def me(api: Api, call: HttpCall) -> dict:
    """The guest, what is left of the day's quota, the model's state and the spend."""
    guest = api.door.guest(call.token)
    now = api.clock()
    switch, spend = api.store.switch.read(now=now)
    models = api.backends.of(switch)
    is_on, spent = switch.on(now), api.budget.spent(spend, models.cards, now)
    return answer(
        200,
        {
            "guest": {"name": guest.name},
            "quota": quota_json(guest, now),
            "llm": {
                "state": "off" if not is_on else "paused" if spent else "on",
                "backend": switch.backend,
                "model": models.cards[0].id,
                "models": [model_json(card, switch, now) for card in api.backends.all(switch)],
                "on_until": iso(switch.until) if is_on else None,
                "paused_until": iso(spent[1]) if is_on and spent else None,
            },
            "spend": spend_json(spend, api.budget.limits, now),
        },
    )


def list_conversations(api: Api, call: HttpCall) -> dict:
    """A page of conversations, newest activity first."""
    guest = api.door.guest(call.token)
    found, cursor = api.store.conversations.page(
        guest.id, limit=_limit(call, 30, 100), cursor=call.query.get("cursor")
    )
    return answer(
        200, {"items": [conversation_json(item) for item in found], "next_cursor": cursor}
    )


def list_messages(api: Api, call: HttpCall) -> dict:
    """A page of a conversation's messages, oldest first."""
    guest, conversation_id = api.door.guest(call.token), _id(call)
    api.store.conversations.get(guest.id, conversation_id)
    found, cursor = api.store.messages.page(
        guest.id,
        conversation_id,
        limit=_limit(call, 50, 200),
        cursor=call.query.get("cursor"),
        now=api.clock(),
    )
    return answer(200, {"items": [message_json(item) for item in found], "next_cursor": cursor})


def rename_conversation(api: Api, call: HttpCall) -> dict:
    """Give a conversation another title."""
    guest, conversation_id = api.door.guest(call.token), _id(call)
    title = parse_title(json_object(call.body))
    return answer(
        200, conversation_json(api.store.conversations.rename(guest.id, conversation_id, title))
    )


def delete_conversation(api: Api, call: HttpCall) -> dict:
    """Delete a conversation with its messages."""
    guest = api.door.guest(call.token)
    api.store.conversations.delete(guest.id, _id(call))
    return answer(204)


def delete_conversations(api: Api, call: HttpCall) -> dict:
    """Delete all of the guest's conversations."""
    api.store.conversations.delete_all(api.door.guest(call.token).id)
    return answer(204)


def get_message(api: Api, call: HttpCall) -> dict:
    """One message; of a running reply, what is saved so far."""
    guest = api.door.guest(call.token)
    message = api.store.messages.find(guest.id, _id(call), now=api.clock())
    if message is None:
        raise NotFound
    return answer(200, message_json(message))


def stop_message(api: Api, call: HttpCall) -> dict:
    """Ask a running reply, named by its own id or by its question's, to stop."""
    guest, message_id = api.door.guest(call.token), _id(call)
    turn = api.store.turn_log.turn(message_id, guest.id) or api.store.turns.claimed(
        guest.id, message_id
    )
    if turn is None or api.store.messages.of_turn(turn, "assistant", now=api.clock()) is None:
        raise NotFound
    api.store.replies.ask_to_stop(turn)
    return answer(202, {"id": turn.reply_id})


def post_chat(api: Api, call: HttpCall) -> dict:
    """One whole turn; what is not written in 25 s ends as `truncated`."""
    started = time.monotonic()
    timeline = Timings()
    with timeline.stage("gate"):
        # A stranger's body is not worth parsing.
        api.door.guest(call.token)
        ask = parse_ask(json_object(call.body))
        admitted = api.door.admit(call.token)
    # Nobody listens at first; a socket that sends the same message is told while it is written.
    audience = Broadcast(api.poster, quota_json(admitted.guest, api.clock()))
    request = Request(call.request_id, admitted, timeline)
    outcome = take(
        api,
        request,
        lambda guest, models: api.chat.take(
            ask, guest.id, models, audience, timeline, seconds=HTTP_SECONDS
        ),
    )
    reply = outcome.reply
    while reply.status == "streaming" and time.monotonic() - started < HTTP_SECONDS:
        time.sleep(0.5)
        reply = api.store.messages.of_turn(outcome.turn, "assistant", now=api.clock())
        if reply is None:
            raise NotFound("This message was deleted.")
    if outcome.error:
        raise outcome.error
    shape = {
        "conversation_id": reply.conversation_id,
        "message_id": ask.message_id,
        "reply": message_json(reply),
    }
    return answer(200, shape)


def _id(call: HttpCall) -> str:
    """The id in the path. What is no id cannot be found."""
    value = call.path.get("id")
    if not is_id(value):
        raise NotFound
    return value


def _limit(call: HttpCall, default: int, most: int) -> int:
    text = call.query.get("limit")
    if text is None:
        return default
    if not (
        isinstance(text, str) and text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most
    ):
        raise InvalidRequest(f"`limit` must be a whole number from 1 to {most}.")
    return int(text)
