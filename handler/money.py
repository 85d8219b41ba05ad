"""Money as values: what turns may cost, what they did cost, what a month adds up to. Every amount
is in nano-USD."""

from dataclasses import dataclass, field

from handler.values import Usage, day_of, next_day, next_month

DAY = 86_400
# Of a US dollar.
NANO = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SpendingLimits:
    """What all turns together may cost in a UTC month, and in a UTC day."""

    monthly: int
    daily: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Of paid turns."""

    turns: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is set aside for one attempt at a reply, before the model is called: the most that it
    can cost, on the books of its day."""

    reply_id: str
    attempt: int
    guest_id: str
    model_id: str
    day: str
    cost: int

    @property
    def key(self) -> str:
        """Its name in the month's books."""
        return f"{self.reply_id}.{self.attempt}"

    @classmethod
    def from_key(
        cls, key: str, *, guest_id: str, model_id: str, day: str, cost: int
    ) -> "Reservation":
        reply_id, attempt = key.split(".")
        return cls(reply_id, int(attempt), guest_id, model_id, day, cost)


@dataclass(frozen=True, slots=True)
class Begun:
    """What a turn starts with: the first model, and how many tokens it can use at most."""

    model_id: str
    most_input: int
    most_output: int


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """What one attempt at a reply came to. `outcome` is the reply's status, or the code of the
    error that failed it; `day` is the one on whose books it is."""

    model_id: str
    day: str
    outcome: str
    milliseconds: int
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A reservation that is not settled yet, as the books hold it: since when (epoch seconds), on
    which day, for how much."""

    key: str
    since: int
    day: str
    cost: int


@dataclass(frozen=True, slots=True)
class Spend:
    """A month's books. `committed` is spent or reserved; the totals hold what is settled."""

    month: str
    committed: int = 0
    committed_by_day: dict[str, int] = field(default_factory=dict)
    total: Totals = Totals()
    days: dict[str, Totals] = field(default_factory=dict)
    guests: dict[str, Totals] = field(default_factory=dict)
    models: dict[str, Totals] = field(default_factory=dict)
    open: tuple[Open, ...] = ()

    def holds(self, reservation: Reservation) -> bool:
        return any(entry.key == reservation.key for entry in self.open)

    def of_day(self, now: float) -> Totals:
        return self.days.get(day_of(now), Totals())

    def spent(self, limits: SpendingLimits, now: float, cost: int) -> tuple[str, float] | None:
        """Which limit (`month` or `day`) a turn that may cost `cost` would break, and when that
        lifts (epoch seconds); None if it fits."""
        if self.committed + cost > limits.monthly:
            return "month", next_month(now)
        if self.committed_by_day.get(day_of(now), 0) + cost > limits.daily:
            return "day", next_day(now)
        return None

    def forecast(self, limits: SpendingLimits, now: float) -> int:
        """What the month will have cost at its pace so far, never above its limit; its first day
        counts as a whole one."""
        begin = month_begin(now)
        share = max(now - begin, DAY) / (next_month(now) - begin)
        return max(self.total.cost, min(limits.monthly, round(self.total.cost / share)))


def month_begin(now: float) -> float:
    """The first instant of the UTC month, in epoch seconds."""
    return next_day(now) - int(day_of(now)[8:]) * DAY
