"""The WebSocket API (docs/api.md, "WebSocket"): short frames here, the turn itself in an
invocation of its own."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from handler.api.events import Frame, json_object, public
from handler.chat.admission import Admission, Admitted
from handler.chat.broadcast import Poster
from handler.chat.outcome import TurnCall
from handler.chat.turn import TurnRunner
from handler.errors import ChatError, InvalidRequest, Unauthorized
from handler.ids import is_id
from handler.schemas import Json, failed_frame, parse_turn
from handler.telemetry.timings import Timings
from handler.values import Cooldown, Guest, Switch, TurnRequest


@dataclass(frozen=True, slots=True)
class WebSocketApi:
    """`hand_over` gives a turn to an invocation of its own."""

    admission: Admission
    turns: TurnRunner
    poster: Poster
    hand_over: Callable[[Json], None]

    def receive(self, frame: Frame) -> Exception | None:
        """Answer one frame; the error that refused or failed it. Every frame has an answer."""
        message_id, timings = None, Timings()
        try:
            body = json_object(frame.body)
            message_id = body.get("message_id") if is_id(body.get("message_id")) else None
            action = body.pop("action", None)
            if action == "ping":
                self.poster.post(frame.connection_id, {"type": "pong"})
            elif action == "chat":
                self._chat(frame, body, timings)
            else:
                raise InvalidRequest("`action` must be chat or ping.")
        except Exception as error:
            self.poster.post(frame.connection_id, failed_frame(message_id, public(error)))
            return error
        return None

    def _chat(self, frame: Frame, body: Json, timings: Timings) -> None:
        token = body.pop("token", None)
        if not isinstance(token, str):
            raise Unauthorized
        request = parse_turn(body, message_id_required=True)
        admitted = self.admission.admit(token)
        turn = {
            "ask": asdict(request),
            "admitted": asdict(admitted),
            "connection_id": frame.connection_id,
            "request_id": frame.request_id,
            "gate_ms": timings.at(),
            "sent_at": time.time(),
        }
        try:
            self.hand_over(turn)
        except Exception:
            self.admission.give_back(admitted)
            raise

    def run(self, turn: Mapping[str, Any], *, seconds: float) -> None:
        """Take the turn of a frame, as `_chat` handed it over. Raises what nothing foresaw, after
        the guest has read that it failed."""
        # Two machines' clocks: AWS keeps them within milliseconds of each other.
        handover = max(0, round((time.time() - turn["sent_at"]) * 1000))
        timings = Timings({"gate": turn["gate_ms"], "handover": handover})
        connection_id, request = turn["connection_id"], TurnRequest(**turn["ask"])
        admitted = _admitted(turn["admitted"])
        try:
            call = TurnCall(turn["request_id"], admitted, timings, seconds, connection_id)
            self.turns.run_turn(call, request)
        except Exception as error:
            self.poster.post(connection_id, failed_frame(request.message_id, public(error)))
            if not isinstance(error, ChatError):
                raise


def _admitted(shape: Mapping[str, Any]) -> Admitted:
    switch = shape["switch"]
    cooldowns = {key: Cooldown(**value) for key, value in switch.get("cooldowns", {}).items()}
    switch = Switch(switch["until"], switch["backend"], cooldowns)
    return Admitted(Guest(**shape["guest"]), shape["token_hash"], switch)
