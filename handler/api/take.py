"""What the routes of both APIs work with, and the one way in which they have a turn taken."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from handler.api.events import Poster
from handler.chat.admission import Admission, Admitted
from handler.chat.budget import Budget
from handler.chat.generation import Writer
from handler.chat.outcome import Outcome
from handler.chat.report import TurnReport
from handler.chat.turn import Chat
from handler.models.fallback import Backends, FallbackChain
from handler.store import Store
from handler.telemetry.timings import Timings
from handler.values import Guest

# API Gateway gives an HTTP call 30 s, and a function that has answered is frozen.
HTTP_SECONDS = 25


@dataclass(frozen=True, slots=True)
class Api:
    """What the routes work with."""

    store: Store
    chat: Chat
    writer: Writer
    budget: Budget
    door: Admission
    poster: Poster
    backends: Backends
    report: TurnReport
    clock: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Request:
    """A turn that was let in: under which request id, for whom, and when what took place."""

    id: str
    admitted: Admitted
    timeline: Timings


def take(api: Api, request: Request, turn: Callable[[Guest, FallbackChain], Outcome]) -> Outcome:
    """Take a turn with the models that the switch allows, and give its count back if none wrote
    anything for it. Logs how it went."""
    guest = request.admitted.guest
    try:
        outcome = turn(guest, api.backends.of(request.admitted.switch))
    except Exception as error:
        api.door.give_back(request.admitted)
        api.report.not_asked(request.id, request.timeline, guest.id, error=error)
        raise
    written, reply_id = outcome.written, outcome.turn.reply_id
    if not written or (written.end.error and not written.text):
        api.door.give_back(request.admitted)
    if written:
        api.report.turn(request.id, request.timeline, guest.id, reply_id, written)
    else:
        api.report.not_asked(request.id, request.timeline, guest.id, reply_id=reply_id, error=None)
    return outcome
