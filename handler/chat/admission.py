"""Admission: who may come in, and whether a turn may start. Nothing else is read or paid for before
it allows it."""

from dataclasses import dataclass

from handler.chat.budget import Budget
from handler.chat.ports import ChatStore, Clock
from handler.errors import LlmOff, Unauthorized
from handler.models.fallback import Backends
from handler.tokens import hash_token, is_token
from handler.values import Guest, Switch


@dataclass(frozen=True, slots=True)
class Admitted:
    """A guest whose turn was counted, and the switch that allowed it; `token_hash` lets the count
    be given back."""

    guest: Guest
    token_hash: str
    switch: Switch


@dataclass(frozen=True, slots=True)
class Admission:
    """Guards everything but `/health`."""

    store: ChatStore
    backends: Backends
    budget: Budget
    clock: Clock

    def guest(self, token: object) -> Guest:
        """The guest behind a token. Raises Unauthorized."""
        return self.store.guests.find(_hash(token), now=self.clock())

    def admit(self, token: object) -> Admitted:
        """Count one turn for the guest, if invite, quota, switch and budget allow it.

        Raises Unauthorized, QuotaExceeded, LlmOff or BudgetExhausted; a refusal after the count
        gives it back."""
        token_hash, now = _hash(token), self.clock()
        guest = self.store.guests.admit(token_hash, now=now)
        try:
            switch, spend = self.store.switch.read(now=now)
            if not switch.on(now):
                raise LlmOff
            self.budget.check(spend, self.backends.of(switch).cards, now)
        except Exception:
            self.store.guests.give_back(token_hash, now=now)
            raise
        return Admitted(guest, token_hash, switch)

    def give_back(self, admitted: Admitted) -> None:
        """Undo the count of a turn for which no model wrote anything."""
        self.store.guests.give_back(admitted.token_hash, now=self.clock())


def _hash(token: object) -> str:
    if not isinstance(token, str) or not is_token(token):
        raise Unauthorized
    return hash_token(token)
