"""OpenAI's shapes over the same door and model, so that OpenAI clients work with an invite token as
their key. Nothing is stored.

Fields and error shape: platform.openai.com/docs/api-reference/chat. API Gateway's HTTP APIs cannot
stream, so `stream: true` answers with all of the events at once."""

import json
import time

from handler.api.events import HttpCall, answer, json_object, refusal
from handler.api.take import HTTP_SECONDS, Api
from handler.chat.outcome import Wishes, Written
from handler.errors import ChatError, InvalidRequest, NotFound, TooLarge
from handler.ids import new_id
from handler.models.prompt import estimate_tokens, prompt_of
from handler.schemas import parse_text
from handler.telemetry.timings import Timings
from handler.values import Switch, Turn

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_TYPES = {401: "authentication_error", 429: "rate_limit_error"}
_FINISH = {"complete": "stop", "truncated": "length"}


def list_models(api: Api, call: HttpCall) -> dict:
    """The one model of the stack."""
    api.door.guest(call.token)
    model = {
        "id": api.backends.of(Switch()).main.id,
        "object": "model",
        "created": 0,
        "owned_by": "forever-us",
    }
    return answer(200, {"object": "list", "data": [model]})


def complete(api: Api, call: HttpCall) -> dict:
    """One completion, whole or as server-sent events."""
    api.door.guest(call.token)
    body = json_object(call.body)
    if body.get("n", 1) != 1 or body.get("tools"):
        raise InvalidRequest("`n` above 1 and `tools` are not offered.")
    persona, turns = _turns(body.get("messages"))
    main = api.backends.of(Switch()).main
    if body.get("model") != main.id:
        raise NotFound(f"The model of this stack is `{main.id}`.")
    room = main.context - api.writer.max_tokens
    if estimate_tokens(persona) + sum(estimate_tokens(text) for _, text in turns) > room:
        raise TooLarge("The messages are longer than the model's context.")
    limit = _number(body, "max_completion_tokens", "max_tokens", least=1, most=1_000_000)
    temperature = _number(body, "temperature", least=0, most=2)
    timeline = Timings()
    with timeline.stage("gate"):
        admitted = api.door.admit(call.token)
    prompt = prompt_of(persona, turns)
    # In no conversation: its record is all that it leaves.
    turn = Turn(admitted.guest.id, "", "", new_id(api.clock()))
    try:
        models = api.backends.of(admitted.switch)
        said = api.writer.complete(
            turn, prompt, models, timeline, wishes=Wishes(limit, temperature), seconds=HTTP_SECONDS
        )
    except Exception as error:
        api.door.give_back(admitted)
        api.report.not_asked(call.request_id, timeline, admitted.guest.id, error=error)
        raise
    api.report.turn(call.request_id, timeline, admitted.guest.id, turn.reply_id, said)
    if said.end.error and not said.text:
        api.door.give_back(admitted)
    if said.end.error:
        raise said.end.error
    return _streamed(body, said) if body.get("stream") else _whole(said)


def refused(error: ChatError) -> dict:
    """An error in OpenAI's shape."""
    kind = _TYPES.get(
        error.status, "invalid_request_error" if error.status < 500 else "server_error"
    )
    return refusal(
        error, {"error": {"message": error.detail, "type": kind, "param": None, "code": error.code}}
    )


def _turns(messages: object) -> tuple[str, list[tuple[str, str]]]:
    """System text, and the (role, text) pairs that begin and end with a user's. Raises
    InvalidRequest."""
    if not isinstance(messages, list) or not messages:
        raise InvalidRequest("`messages` must be a list that is not empty.")
    system, turns = [], []
    for message in messages:
        if (
            not isinstance(message, dict)
            or not isinstance(message.get("role"), str)
            or message["role"] not in _ROLES
        ):
            raise InvalidRequest(
                "Each of `messages` needs a `role` out of system, developer, user, assistant."
            )
        role, text = _ROLES[message["role"]], _content(message.get("content"))
        (system if role == "system" else turns).append(text if role == "system" else (role, text))
    while turns and turns[0][0] != "user":
        del turns[0]
    if not turns or turns[-1][0] != "user":
        raise InvalidRequest("The last of `messages` must be a user's.")
    return "\n\n".join(system), turns


def _content(content: object) -> str:
    if isinstance(content, list):
        if not all(isinstance(part, dict) and part.get("type") == "text" for part in content):
            raise InvalidRequest("Only text can be sent as `content`.")
        texts = [parse_text(part.get("text"), "content") for part in content]
        return parse_text("\n".join(texts), "content")
    return parse_text(content, "content")


def _number(body: dict, *names: str, least: float, most: float) -> float | None:
    for name in names:
        value = body.get(name)
        if value is None:
            continue
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not least <= value <= most
        ):
            raise InvalidRequest(f"`{name}` must be a number from {least} to {most}.")
        return value
    return None


def _head(said: Written, kind: str) -> dict:
    return {
        "id": f"chatcmpl-{new_id()}",
        "object": kind,
        "created": int(time.time()),
        "model": said.model_id,
    }


def _usage(usage) -> dict:
    total = usage.input_tokens + usage.output_tokens
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": total,
    }


def _whole(said: Written) -> dict:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": said.text},
        "finish_reason": _FINISH.get(said.end.status, "stop"),
        "logprobs": None,
    }
    return answer(
        200, _head(said, "chat.completion") | {"choices": [choice], "usage": _usage(said.usage)}
    )


def _streamed(body: dict, said: Written) -> dict:
    head = _head(said, "chat.completion.chunk")
    reason = _FINISH.get(said.end.status, "stop")
    deltas = [
        ({"role": "assistant", "content": ""}, None),
        ({"content": said.text}, None),
        ({}, reason),
    ]
    events = [
        head | {"choices": [{"index": 0, "delta": delta, "finish_reason": ended}]}
        for delta, ended in deltas
    ]
    options = body.get("stream_options")
    if isinstance(options, dict) and options.get("include_usage"):
        events.append(head | {"choices": [], "usage": _usage(said.usage)})
    lines = [f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events]
    return answer(
        200, "".join(lines) + "data: [DONE]\n\n", content_type="text/event-stream; charset=utf-8"
    )
