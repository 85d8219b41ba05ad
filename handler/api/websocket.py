"""The WebSocket API (docs/contract.md, section 5): short frames here, the turn itself in an
invocation of its own."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from botocore.exceptions import BotoCoreError, ClientError

from handler.api.events import Frame, json_object
from handler.api.take import Api, Request, take
from handler.chat.admission import Admitted
from handler.chat.broadcast import Broadcast
from handler.chat.outcome import Outcome
from handler.chat.transcript import ReplyEnd, Transcript
from handler.errors import ChatError, Internal, InvalidRequest, NotFound, RateLimited, Unauthorized
from handler.ids import is_id
from handler.schemas import failed_frame, parse_ask, quota_json, switch_from
from handler.store.errors import translate
from handler.telemetry.timings import Timings
from handler.values import Guest, TurnRequest


@dataclass(frozen=True, slots=True)
class Sockets:
    """What the WebSocket's routes work with: the API's parts, and how a turn is handed on."""

    api: Api
    function_name: str
    lambda_client: object

    def receive(self, frame: Frame) -> ChatError | None:
        """Answer one frame; with what it was refused. Every frame has an answer."""
        message_id, timeline = None, Timings()
        try:
            body = json_object(frame.body)
            message_id = body.get("message_id") if is_id(body.get("message_id")) else None
            action = body.pop("action", None)
            if action == "ping":
                self.api.poster.post(frame.connection_id, {"type": "pong"})
            elif action == "chat":
                self._chat(frame, body, timeline)
            else:
                raise InvalidRequest("`action` must be chat or ping.")
        except ChatError as error:
            self.api.poster.post(frame.connection_id, failed_frame(message_id, error))
            return error
        except Exception as error:
            self.api.poster.post(frame.connection_id, failed_frame(message_id, unforeseen(error)))
            raise
        return None

    def _chat(self, frame: Frame, body: dict, timeline: Timings) -> None:
        token = body.pop("token", None)
        if not isinstance(token, str):
            raise Unauthorized
        ask = parse_ask(body, message_id_required=True)
        admitted = self.api.door.admit(token)
        turn = {
            "ask": asdict(ask),
            "admitted": asdict(admitted),
            "connection_id": frame.connection_id,
            "request_id": frame.request_id,
            "gate_ms": timeline.at(),
            "sent_at": time.time(),
        }
        try:
            self.lambda_client.invoke(
                FunctionName=self.function_name,
                InvocationType="Event",
                Payload=json.dumps({"turn": turn}).encode(),
            )
        except (ClientError, BotoCoreError) as error:
            self.api.door.give_back(admitted)
            if (
                isinstance(error, ClientError)
                and error.response["Error"]["Code"] == "TooManyRequestsException"
            ):
                raise RateLimited(retry_after=2) from error
            raise Internal from error

    def run(self, turn: Mapping, *, seconds: float) -> None:
        """Take the turn that a frame asked for, and tell its connection. Raises what nobody
        foresaw, after the guest was told."""
        # Two machines' clocks: AWS keeps them within milliseconds of each other.
        handover = max(0, round((time.time() - turn["sent_at"]) * 1000)) if "sent_at" in turn else 0
        timeline = Timings({"gate": turn.get("gate_ms", 0), "handover": handover})
        ask = TurnRequest(**turn["ask"])
        guest = Guest(**turn["admitted"]["guest"])
        admitted = Admitted(
            guest, turn["admitted"]["token_hash"], switch_from(turn["admitted"].get("switch"))
        )
        connection_id = turn["connection_id"]
        audience = self._audience(guest, connection_id)
        try:
            request = Request(turn["request_id"], admitted, timeline)
            outcome = take(
                self.api,
                request,
                lambda guest, models: self.api.chat.take(
                    ask, guest.id, models, audience, timeline, seconds=seconds
                ),
            )
            if not outcome.written:
                # Its count was given back.
                self._replay(
                    outcome,
                    connection_id,
                    self._audience(replace(guest, used=guest.used - 1), connection_id),
                )
        except ChatError as error:
            self.api.poster.post(connection_id, failed_frame(ask.message_id, error))
        except Exception as error:
            self.api.poster.post(connection_id, failed_frame(ask.message_id, unforeseen(error)))
            raise

    def _audience(self, guest: Guest, connection_id: str) -> Broadcast:
        return Broadcast(self.api.poster, quota_json(guest, self.api.clock()), connection_id)

    def _replay(self, outcome: Outcome, connection_id: str, audience: Broadcast) -> None:
        """Tell a reply that another call asked for: the running turn does it or, once that has
        ended, this one."""
        if outcome.reply.status == "streaming" and self.api.store.replies.ask_to_listen(
            outcome.turn, connection_id
        ):
            return
        reply = self.api.store.messages.of_turn(outcome.turn, "assistant", now=self.api.clock())
        if reply is None:
            raise NotFound("This message was deleted.")
        transcript = Transcript()
        transcript.write(reply.text)
        transcript.close(ReplyEnd(reply.status))
        audience.begin(outcome.turn, transcript)
        audience.end(outcome.turn, reply, None)


def unforeseen(error: Exception) -> ChatError:
    """What a guest is told of an error that no part translated: the store's, or nobody's."""
    return translate(error) if isinstance(error, ClientError | BotoCoreError) else Internal()
