"""OpenAI's shapes over the same admission and models, so that OpenAI clients work with an invite
token as their key. Nothing is stored.

Fields and error shape: platform.openai.com/docs/api-reference/chat. API Gateway's HTTP APIs cannot
stream, so `stream: true` answers with all of the events at once."""

import json
import time
from dataclasses import dataclass

from handler.api.events import TURN_SECONDS, HttpCall, answer, json_object
from handler.chat.admission import Admission
from handler.chat.outcome import CompletionRequest, SamplingOptions, TurnCall
from handler.chat.turn import TurnRunner
from handler.errors import ChatError, InvalidRequest, NotFound, TooLarge
from handler.ids import new_id
from handler.models.catalog import ModelCard
from handler.models.prompt import TEMPERATURE, estimate_tokens, prompt_of
from handler.schemas import Json, parse_text
from handler.telemetry.timings import Timings
from handler.values import Message, Usage

_SYSTEM = ("system", "developer")
_TYPES = {401: "authentication_error", 429: "rate_limit_error"}
_FINISH = {"complete": "stop", "truncated": "length"}


@dataclass(frozen=True, slots=True)
class OpenAiApi:
    """`main` is the stack's first choice, `max_tokens` the longest reply."""

    admission: Admission
    turns: TurnRunner
    main: ModelCard
    max_tokens: int

    def list_models(self, call: HttpCall) -> Json:
        self.admission.guest(call.token)
        model = {"id": self.main.id, "object": "model", "created": 0, "owned_by": "forever-us"}
        return answer(200, {"object": "list", "data": [model]})

    def complete(self, call: HttpCall) -> Json:
        """One completion, whole or as server-sent events."""
        self.admission.guest(call.token)
        body = json_object(call.body)
        request, timings = self._request(body), Timings()
        with timings.stage("gate"):
            admitted = self.admission.admit(call.token)
        turn_call = TurnCall(call.request_id, admitted, timings, TURN_SECONDS)
        outcome = self.turns.run_turn(turn_call, request)
        if outcome.error:
            raise outcome.error
        return _streamed(body, outcome.reply) if body.get("stream") else _whole(outcome.reply)

    def _request(self, body: Json) -> CompletionRequest:
        """Raises InvalidRequest, NotFound or TooLarge."""
        if body.get("n", 1) != 1 or body.get("tools"):
            raise InvalidRequest("`n` above 1 and `tools` are not offered.")
        persona, turns = _turns(body.get("messages"))
        if body.get("model") != self.main.id:
            raise NotFound(f"The model of this stack is `{self.main.id}`.")
        tokens = estimate_tokens(persona) + sum(estimate_tokens(text) for _, text in turns)
        if tokens > self.main.context - self.max_tokens:
            raise TooLarge("The messages are longer than the model's context.")
        limit = _number(body, "max_completion_tokens", "max_tokens", least=1, most=1_000_000)
        temperature = _number(body, "temperature", least=0, most=2)
        # OpenAI's scale ends at 2, Bedrock's at 1.
        temperature = TEMPERATURE if temperature is None else min(temperature, 1.0)
        sampling = SamplingOptions(int(limit) if limit else None, temperature)
        return CompletionRequest(prompt_of(persona, turns), sampling)


def error_json(error: ChatError) -> Json:
    default = "invalid_request_error" if error.status < 500 else "server_error"
    kind = _TYPES.get(error.status, default)
    return {"error": {"message": error.detail, "type": kind, "param": None, "code": error.code}}


def _turns(messages: object) -> tuple[str, list[tuple[str, str]]]:
    """System text, and the (role, text) pairs that begin and end with a user's. Raises
    InvalidRequest."""
    if not isinstance(messages, list) or not messages:
        raise InvalidRequest("`messages` must be a list that is not empty.")
    spoken = [(_role(message), _content(message.get("content"))) for message in messages]
    system = [text for role, text in spoken if role in _SYSTEM]
    turns = [(role, text) for role, text in spoken if role not in _SYSTEM]
    while turns and turns[0][0] != "user":
        del turns[0]
    if not turns or turns[-1][0] != "user":
        raise InvalidRequest("The last of `messages` must be a user's.")
    return "\n\n".join(system), turns


def _role(message: object) -> str:
    role = message.get("role") if isinstance(message, dict) else None
    if role not in ("user", "assistant", *_SYSTEM):
        raise InvalidRequest(
            "Each of `messages` needs a `role` out of system, developer, user, assistant."
        )
    return str(role)


def _content(content: object) -> str:
    if isinstance(content, list):
        if not all(isinstance(part, dict) and part.get("type") == "text" for part in content):
            raise InvalidRequest("Only text can be sent as `content`.")
        texts = [parse_text(part.get("text"), "content") for part in content]
        return parse_text("\n".join(texts), "content")
    return parse_text(content, "content")


def _number(body: Json, *names: str, least: float, most: float) -> float | None:
    """The first of these fields that has a value."""
    for name in names:
        value = body.get(name)
        if value is None:
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:
            raise InvalidRequest(f"`{name}` must be a number from {least} to {most}.")
        return float(value)
    return None


def _head(reply: Message, kind: str) -> Json:
    created = int(time.time())
    return {"id": f"chatcmpl-{new_id()}", "object": kind, "created": created, "model": reply.model}


def _usage(reply: Message) -> Json:
    usage = reply.usage or Usage(0, 0, 0)
    counts = {"prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens}
    return counts | {"total_tokens": sum(counts.values())}


def _whole(reply: Message) -> Json:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": reply.text},
        "finish_reason": _FINISH.get(reply.status, "stop"),
        "logprobs": None,
    }
    body = _head(reply, "chat.completion") | {"choices": [choice], "usage": _usage(reply)}
    return answer(200, body)


def _streamed(body: Json, reply: Message) -> Json:
    head = _head(reply, "chat.completion.chunk")
    deltas: list[Json] = [{"role": "assistant", "content": ""}, {"content": reply.text}, {}]
    choices: list[Json] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices[-1]["finish_reason"] = _FINISH.get(reply.status, "stop")
    events = [head | {"choices": [choice]} for choice in choices]
    options = body.get("stream_options")
    if isinstance(options, dict) and options.get("include_usage"):
        events.append(head | {"choices": [], "usage": _usage(reply)})
    lines = [f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events]
    content_type = "text/event-stream; charset=utf-8"
    return answer(200, "".join(lines) + "data: [DONE]\n\n", content_type=content_type)
