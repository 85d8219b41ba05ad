"""The books: one item a month, in which every turn's money is reserved and settled by one
conditional write each.

A single item's conditional update is atomic without a transaction, so concurrent turns never
conflict; the entry under `open` makes settling idempotent: the write that removes it adds the
amounts."""

from handler.errors import RateLimited
from handler.money import DAY, Open, Reservation, Spend, SpendingLimits, Totals
from handler.store.table import Item, Table, Update, conditional, get
from handler.values import Usage, day_of

# Attributes of a day, a guest or a model in the month's item, and the fields of Totals behind them;
# short, since the item is read and written with every turn and DynamoDB bills names too.
_FIELDS = {"n": "turns", "in": "input_tokens", "out": "output_tokens", "cost": "cost"}
_NOTHING = dict.fromkeys(_FIELDS, 0)
# The first reservation of a month opens its books; more tries than two mean a crowd.
_TRIES = 5


def month_key(month: str) -> Item:
    return {"pk": "STACK", "sk": f"BOOKS#{month}"}


class Ledger:
    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, *, month: str) -> Spend:
        """The books of a month (`YYYY-MM`)."""
        return spend_from(get(self._table, month_key(month)), month)

    def reserve(self, reservation: Reservation, limits: SpendingLimits, *, now: float) -> Spend:
        """Enter the reservation if it fits both limits. The books as they then are: they hold it,
        or it did not fit. Raises RateLimited."""
        month = reservation.day[:7]
        if reservation.cost > min(limits.monthly, limits.daily):
            return self.read(month=month)
        for _ in range(_TRIES):
            entered = _entry(reservation, limits, now).apply(self._table, "ALL_NEW")
            if entered is not None:
                return spend_from(entered, month)
            spend = self.read(month=month)
            # The SDK repeats a write whose answer was lost: then the entry is there.
            if spend.holds(reservation) or spend.spent(limits, now, reservation.cost):
                return spend
            self._begin(month)
        raise RateLimited(retry_after=2)

    def begin_model(self, reservation: Reservation) -> None:
        """Make room in the books for a model that the reservation does not name: settling adds to
        what must be there."""
        Update(
            month_key(reservation.day[:7]),
            "SET models.#model = if_not_exists(models.#model, :nothing)",
            {":nothing": _NOTHING},
            names={"#model": reservation.model_id},
        ).apply(self._table)

    def settle(self, reservation: Reservation, usage: Usage | None) -> bool:
        """Replace the reservation by what was used, None for nothing. False if that was done
        before."""
        cost = usage.cost if usage else 0
        update = "REMOVE #open.#key ADD committed :rest, #committed_day :rest"
        values = {":rest": cost - reservation.cost}
        names = _entry_names(reservation)
        if usage:
            added = {"n": 1, "in": usage.input_tokens, "out": usage.output_tokens, "cost": cost}
            paths = ("#total", "days.#day", "guests.#guest", "models.#model")
            sums = [f"{path}.#{n} = {path}.#{n} + :{n}" for path in paths for n in added]
            update = f"SET {', '.join(sums)} {update}"
            values |= {f":{name}": amount for name, amount in added.items()}
            names |= _sum_names(reservation) | {"#total": "total"}
            names |= {f"#{name}": name for name in added}
        key = month_key(reservation.day[:7])
        settled = Update(key, update, values, "attribute_exists(#open.#key)", names)
        return settled.apply(self._table) is not None

    def _begin(self, month: str) -> None:
        """Open the books of a month, once."""
        empty = {"committed": 0, "total": _NOTHING}
        maps: Item = {name: {} for name in ("open", "days", "guests", "models")}
        conditional(
            self._table.put_item,
            Item=month_key(month) | empty | maps,
            ConditionExpression="attribute_not_exists(pk)",
        )


def _entry(reservation: Reservation, limits: SpendingLimits, now: float) -> Update:
    cost, day = reservation.cost, reservation.day[8:]
    return Update(
        month_key(reservation.day[:7]),
        "SET #open.#key = :entry, days.#day = if_not_exists(days.#day, :nothing),"
        " guests.#guest = if_not_exists(guests.#guest, :nothing),"
        " models.#model = if_not_exists(models.#model, :nothing)"
        " ADD committed :cost, #committed_day :cost REMOVE #committed_past",
        {
            ":entry": {"since": int(now), "day": day, "cost": cost},
            ":cost": cost,
            # Conditions cannot add, so the room is computed here: the limit less the amount.
            ":month_room": limits.monthly - cost,
            ":day_room": limits.daily - cost,
            ":nothing": _NOTHING,
        },
        "attribute_exists(pk) AND attribute_not_exists(#open.#key) AND committed <= :month_room"
        " AND (attribute_not_exists(#committed_day) OR #committed_day <= :day_room)",
        _entry_names(reservation)
        | _sum_names(reservation)
        # No clock is two days late, so that day's limit is not needed any more; the item stays
        # small.
        | {"#committed_past": _committed(day_of(now - 2 * DAY))},
    )


def _committed(day: str) -> str:
    return f"committed#{day[8:]}"


def _entry_names(reservation: Reservation) -> dict[str, str]:
    committed_day = _committed(reservation.day)
    return {"#open": "open", "#key": reservation.key, "#committed_day": committed_day}


def _sum_names(reservation: Reservation) -> dict[str, str]:
    return {
        "#day": reservation.day[8:],
        "#guest": reservation.guest_id,
        "#model": reservation.model_id,
    }


def spend_from(item: Item | None, month: str) -> Spend:
    """The value behind a month's item; empty books where there is none yet."""
    if item is None:
        return Spend(month)
    committed = {name[-2:]: item[name] for name in item if name.startswith("committed#")}
    return Spend(
        month,
        committed=int(item["committed"]),
        committed_by_day={f"{month}-{day}": int(cost) for day, cost in committed.items()},
        total=_totals(item["total"]),
        days={f"{month}-{day}": _totals(amounts) for day, amounts in item["days"].items()},
        guests={guest_id: _totals(amounts) for guest_id, amounts in item["guests"].items()},
        models={model_id: _totals(amounts) for model_id, amounts in item["models"].items()},
        open=tuple(
            Open(key, int(entry["since"]), f"{month}-{entry['day']}", int(entry["cost"]))
            for key, entry in item["open"].items()
        ),
    )


def _totals(amounts: Item) -> Totals:
    return Totals(**{field: int(amounts[name]) for name, field in _FIELDS.items()})
