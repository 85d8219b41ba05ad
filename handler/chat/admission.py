"""The door: who may come in, and whether a turn may start. Nothing else is read or paid before it
has said yes."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from handler.chat.budget import Budget
from handler.errors import LlmOff, Unauthorized
from handler.models.fallback import Backends
from handler.store import Store
from handler.tokens import hash_token, is_token
from handler.values import Guest, Switch


@dataclass(frozen=True, slots=True)
class Admitted:
    """A guest whose turn was counted, and the switch that allowed it; `token_hash` lets the count
    be given back."""

    guest: Guest
    token_hash: str
    switch: Switch


class Admission:
    """Guards everything but `/health`."""

    def __init__(
        self,
        store: Store,
        backends: Backends,
        budget: Budget,
        *,
        clock: Callable[[], float] = time.time,
    ):
        self._store, self._backends, self._budget, self._clock = store, backends, budget, clock

    def guest(self, token: object) -> Guest:
        """The guest behind a token. Raises Unauthorized."""
        return self._store.guests.find(_hash(token), now=self._clock())

    def admit(self, token: object) -> Admitted:
        """Count one turn for the guest, if invite, quota, switch and budget allow it.

        Raises Unauthorized, QuotaExceeded, LlmOff or BudgetExhausted; a refusal after the count
        gives it back."""
        token_hash, now = _hash(token), self._clock()
        guest = self._store.guests.admit(token_hash, now=now)
        try:
            switch, spend = self._store.switch.read(now=now)
            if not switch.on(now):
                raise LlmOff
            self._budget.check(spend, self._backends.of(switch).cards, now)
        except Exception:
            self._store.guests.give_back(token_hash, now=now)
            raise
        return Admitted(guest, token_hash, switch)

    def give_back(self, admitted: Admitted) -> None:
        """Undo the count of a turn that never reached the model."""
        self._store.guests.give_back(admitted.token_hash, now=self._clock())


def _hash(token: object) -> str:
    if not is_token(token):
        raise Unauthorized
    return hash_token(token)
