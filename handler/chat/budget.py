"""The budget: a turn starts only when the most that it can cost still fits, and what it did cost is
booked exactly once.

AWS's own budgets lag by hours, so the guard is here. The books are the store's
(`handler.store.ledger`); this module knows the rules."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from handler.chat.ports import ChatStore, Clock
from handler.errors import BudgetExhausted
from handler.models.catalog import ModelCard
from handler.models.prompt import Prompt
from handler.money import Begun, Reservation, Spend, SpendingLimits, TurnRecord
from handler.telemetry.log import log
from handler.values import Turn, Usage, day_of, iso

# A function's invocation ends within 300 s (terraform/modules/function): a reservation this old
# (seconds) is of one that crashed.
ABANDONED = 600
# A try that was cut before its first word is repeated once (`handler.models.bedrock`), and its
# input may have to be paid.
_TRIES = 2
# The models that may write a reply, in the order in which they are called.
Cards = Sequence[ModelCard]


@dataclass(slots=True)
class Budget:
    store: ChatStore
    limits: SpendingLimits
    max_tokens: int
    clock: Clock

    def spent(self, spend: Spend, cards: Cards, now: float) -> tuple[str, float] | None:
        """Which limit (`month` or `day`) has no room for even the shortest turn, and when it lifts
        (epoch seconds).

        What crashed turns still hold is given back first, if it is in the way."""
        shortest = cards[0].cost(0, self.max_tokens)
        spent = spend.spent(self.limits, now, shortest)
        if spent and self.recover(spend):
            spent = self.store.ledger.read(month=spend.month).spent(self.limits, now, shortest)
        return spent

    def check(self, spend: Spend, cards: Cards, now: float) -> None:
        """Raises BudgetExhausted when not even the shortest turn fits. A quick look, no promise:
        `reserved` decides."""
        spent = self.spent(spend, cards, now)
        if spent:
            raise _exhausted(*spent, now)

    @contextmanager
    def reserved(self, turn: Turn, prompt: Prompt, cards: Cards) -> Iterator[Reservation]:
        """The most that a turn can cost, set aside in one conditional write with the check: the
        tries of every model that may be called, and the longest reply of the dearest. Given back if
        what is done inside fails. Raises BudgetExhausted."""
        now, begun = self.clock(), self.begun(prompt, cards)
        tries = sum(card.cost(begun.most_input, 0) for card in cards)
        cost = tries + max(card.cost(0, begun.most_output) for card in cards)
        reservation = Reservation(
            turn.reply_id, turn.attempt, turn.guest_id, cards[0].id, day_of(now), cost
        )
        spend = self.store.ledger.reserve(reservation, self.limits, now=now)
        if self.recover(spend) and not spend.holds(reservation):
            spend = self.store.ledger.reserve(reservation, self.limits, now=now)
        if not spend.holds(reservation):
            raise _exhausted(*(spend.spent(self.limits, now, cost) or ("month", now)), now)
        try:
            yield reservation
        except Exception:
            self.settle(reservation, None)
            raise

    def begun(self, prompt: Prompt, cards: Cards) -> Begun:
        """The first model of a turn with this prompt, and the most tokens of any."""
        return Begun(cards[0].id, _TRIES * prompt.most_tokens(), self.max_tokens)

    def settle(self, reservation: Reservation, record: TurnRecord | None) -> None:
        """Book what an attempt cost, None for nothing, and give back the rest of the reservation.
        Twice is once."""
        usage = record.usage if record else None
        if record and usage and record.model_id != reservation.model_id:
            reservation = replace(reservation, model_id=record.model_id)
            self.store.ledger.begin_model(reservation)
        self.store.ledger.settle(reservation, usage)

    def recover(self, spend: Spend) -> int:
        """Settle what crashed turns left open; how many there were."""
        since = self.clock() - ABANDONED
        abandoned = [reservation for reservation in spend.open if reservation.since < since]
        for reservation in abandoned:
            self._settle_abandoned(reservation)
        return len(abandoned)

    def _settle_abandoned(self, reservation: Reservation) -> None:
        """A crashed attempt costs what its record says or, without one, all that was reserved:
        how far the model came is not known."""
        found = self.store.turn_log.begun(reservation.reply_id)
        if found is None:
            # It crashed before the model was called.
            self.settle(reservation, None)
            return
        turn, begun = found
        reservation = replace(reservation, guest_id=turn.guest_id)
        usage = Usage(begun.most_input, begun.most_output, cost=reservation.cost, estimated=True)
        crashed = TurnRecord(begun.model_id, reservation.day, "crashed", 0, usage)
        _, record = self.store.turn_log.leave(reservation.reply_id, reservation.attempt, crashed)
        self.settle(reservation, record)
        log("settled", reservation.reply_id, time.monotonic(), outcome=record.outcome)


def _exhausted(limit: str, lifts_at: float, now: float) -> BudgetExhausted:
    what = {"month": "This month's", "day": "Today's"}[limit]
    return BudgetExhausted(
        f"{what} budget is used up; it lifts at {iso(lifts_at)}.",
        retry_after=max(1, int(lifts_at - now) + 1),
    )
