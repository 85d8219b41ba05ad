"""The budget: a turn starts only when the most that it can cost still fits, and what it did cost is
booked exactly once.

AWS's own budgets lag by hours, so the guard is here. The books are the store's
(`handler.store.ledger`); this module knows the rules."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from handler.errors import BudgetExhausted
from handler.models.catalog import ModelCard
from handler.models.prompt import Prompt
from handler.money import Begun, Open, Reservation, Spend, SpendingLimits, TurnRecord
from handler.store import Store
from handler.telemetry.log import log
from handler.values import Turn, Usage, day_of, iso

# A function's invocation ends within 300 s (terraform/modules/function); a reservation this old
# (seconds) has nobody left who settles it.
ABANDONED = 600
# A try that was cut before its first word is repeated once (`handler.models.bedrock`), and its
# input may have to be paid.
_TRIES = 2
# The models that may write a reply, in the order in which they are asked.
Cards = Sequence[ModelCard]


class Budget:
    """The rules about money."""

    def __init__(
        self, store: Store, limits: SpendingLimits, *, max_tokens: int, clock: Callable[[], float]
    ):
        self._store, self.limits, self._max_tokens, self._clock = store, limits, max_tokens, clock

    def spent(self, spend: Spend, cards: Cards, now: float) -> tuple[str, float] | None:
        """Which limit (`month` or `day`) has no room for even the shortest turn, and when it lifts
        (epoch seconds).

        What crashed turns still hold is given back first, if it is in the way."""
        shortest = cards[0].cost(0, self._max_tokens)
        spent = spend.spent(self.limits, now, shortest)
        if spent and self.recover(spend):
            spent = self._store.ledger.read(month=spend.month).spent(self.limits, now, shortest)
        return spent

    def check(self, spend: Spend, cards: Cards, now: float) -> None:
        """Raises BudgetExhausted when not even the shortest turn fits. A quick look, no promise:
        `reserve` decides."""
        spent = self.spent(spend, cards, now)
        if spent:
            raise _exhausted(*spent, now)

    def reserve(self, turn: Turn, prompt: Prompt, cards: Cards) -> Reservation:
        """Set aside what the turn can cost at most, in one conditional write with the check: the
        tries of every model that may be asked, and the longest reply of the dearest. Raises
        BudgetExhausted."""
        now = self._clock()
        begun = self.begun(prompt, cards)
        cost = sum(card.cost(begun.most_input, 0) for card in cards) + max(
            card.cost(0, begun.most_output) for card in cards
        )
        reservation = Reservation(
            turn.reply_id, turn.attempt, turn.guest_id, cards[0].id, day_of(now), cost
        )
        spend = self._store.ledger.reserve(reservation, self.limits, now=now)
        if self.recover(spend) and not spend.holds(reservation):
            spend = self._store.ledger.reserve(reservation, self.limits, now=now)
        if not spend.holds(reservation):
            raise _exhausted(*(spend.spent(self.limits, now, cost) or ("month", now)), now)
        return reservation

    def begun(self, prompt: Prompt, cards: Cards) -> Begun:
        """What a turn with this prompt asks first, and takes of each model at most."""
        return Begun(cards[0].id, _TRIES * prompt.most_tokens(), self._max_tokens)

    def settle(self, reservation: Reservation, record: TurnRecord | None) -> None:
        """Book what an attempt took, None for nothing, and give back the rest of what was reserved.
        Twice is once."""
        usage = record.usage if record else None
        if usage and record.model_id != reservation.model_id:
            reservation = replace(reservation, model_id=record.model_id)
            self._store.ledger.begin_model(reservation)
        self._store.ledger.settle(reservation, usage)

    def recover(self, spend: Spend) -> int:
        """Settle what crashed turns left open; how many there were."""
        abandoned = [entry for entry in spend.open if entry.since < self._clock() - ABANDONED]
        for entry in abandoned:
            self._settle_abandoned(entry)
        return len(abandoned)

    def _settle_abandoned(self, entry: Open) -> None:
        """A crashed attempt costs what its record says or, without one, all that was reserved:
        nobody saw how far the model came."""
        reservation = Reservation.from_key(
            entry.key, guest_id="", model_id="", day=entry.day, cost=entry.cost
        )
        found = self._store.turn_log.begun(reservation.reply_id)
        if found is None:
            # It never came to ask the model.
            self.settle(reservation, None)
            return
        turn, begun = found
        reservation = replace(reservation, guest_id=turn.guest_id)
        usage = Usage(begun.most_input, begun.most_output, cost=entry.cost, estimated=True)
        crashed = TurnRecord(begun.model_id, entry.day, "crashed", 0, usage)
        _, record = self._store.turn_log.leave(reservation.reply_id, reservation.attempt, crashed)
        self.settle(reservation, record)
        log("settled", reservation.reply_id, time.monotonic(), outcome=record.outcome)


def _exhausted(limit: str, lifts_at: float, now: float) -> BudgetExhausted:
    what = {"month": "This month's", "day": "Today's"}[limit]
    return BudgetExhausted(
        f"{what} budget is used up; it lifts at {iso(lifts_at)}.",
        retry_after=max(1, int(lifts_at - now) + 1),
    )
