"""The books: one item a month, in which every turn's money is reserved and settled by one
conditional write each.

A single item's conditional update is atomic without a transaction, so concurrent turns never
conflict; the entry under `open` makes settling idempotent: whoever removes it adds the amounts, in
the same write."""

from botocore.exceptions import ClientError

from handler.errors import RateLimited
from handler.money import DAY, Open, Reservation, Spend, SpendingLimits, Totals
from handler.store.keys import condition_failed
from handler.values import Usage, day_of

# Attribute of a day, a guest or a model in the month's item, and the field of Totals behind it;
# short, since the item is read and written with every turn and DynamoDB bills its names too.
_FIELDS = {"n": "turns", "in": "input_tokens", "out": "output_tokens", "cost": "cost"}
_NOTHING = dict.fromkeys(_FIELDS, 0)
# The first reservation of a month opens its books; whoever has to try more often stands in a crowd.
_TRIES = 5
_MAPS = ("days", "guests", "models")


def month_key(month: str) -> dict:
    """Key of a month's books."""
    return {"pk": "STACK", "sk": f"BOOKS#{month}"}


class Ledger:
    """A month's reservations and totals."""

    def __init__(self, table):
        self._table = table

    def read(self, *, month: str) -> Spend:
        """The books of a month (`YYYY-MM`)."""
        return spend_from(
            self._table.get_item(Key=month_key(month), ConsistentRead=True).get("Item"), month
        )

    def reserve(self, reservation: Reservation, limits: SpendingLimits, *, now: float) -> Spend:
        """Enter the reservation if it fits both limits. The books as they then are: they hold it,
        or it did not fit. Raises RateLimited."""
        month = reservation.day[:7]
        if reservation.cost > min(limits.monthly, limits.daily):
            return self.read(month=month)
        for _ in range(_TRIES):
            try:
                return self._enter(reservation, limits, now)
            except ClientError as error:
                if not condition_failed(error):
                    raise
            spend = self.read(month=month)
            # The SDK repeats a write whose answer was lost: then the entry is there.
            if spend.holds(reservation) or spend.spent(limits, now, reservation.cost):
                return spend
            self._begin(month)
        raise RateLimited(retry_after=2)

    def begin_model(self, reservation: Reservation) -> None:
        """Make room in the books for a model that the reservation was not made for: settling adds
        to what must be there."""
        self._table.update_item(
            Key=month_key(reservation.day[:7]),
            UpdateExpression="SET models.#model = if_not_exists(models.#model, :nothing)",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#model": reservation.model_id},
            ExpressionAttributeValues={":nothing": dict(_NOTHING)},
        )

    def settle(self, reservation: Reservation, usage: Usage | None) -> bool:
        """Replace the reservation by what was used, None for nothing. False if that was done
        before."""
        cost = usage.cost if usage else 0
        names = {
            "#open": "open",
            "#key": reservation.key,
            "#committed_day": f"committed#{reservation.day[8:]}",
        }
        update = "REMOVE #open.#key ADD committed :rest, #committed_day :rest"
        values = {":rest": cost - reservation.cost}
        if usage:
            added = {"n": 1, "in": usage.input_tokens, "out": usage.output_tokens, "cost": cost}
            names |= {
                "#total": "total",
                "#day": reservation.day[8:],
                "#guest": reservation.guest_id,
                "#model": reservation.model_id,
            }
            names |= {f"#{name}": name for name in added}
            paths = ("#total", "days.#day", "guests.#guest", "models.#model")
            sums = ", ".join(
                f"{path}.#{name} = {path}.#{name} + :{name}" for path in paths for name in added
            )
            update = f"SET {sums} {update}"
            values |= {f":{name}": amount for name, amount in added.items()}
        try:
            self._table.update_item(
                Key=month_key(reservation.day[:7]),
                UpdateExpression=update,
                ConditionExpression="attribute_exists(#open.#key)",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if condition_failed(error):
                return False
            raise
        return True

    def _enter(self, reservation: Reservation, limits: SpendingLimits, now: float) -> Spend:
        answer = self._table.update_item(
            Key=month_key(reservation.day[:7]),
            UpdateExpression=(
                "SET #open.#key = :entry, days.#day = if_not_exists(days.#day, :day), guests.#guest = if_not_exists(guests.#guest, :guest),"
                " models.#model = if_not_exists(models.#model, :model)"
                " ADD committed :cost, #committed_day :cost REMOVE #committed_past"
            ),
            # Conditions cannot add, so the room is computed here: the limit less the amount.
            ConditionExpression=(
                "attribute_exists(pk) AND attribute_not_exists(#open.#key) AND committed <= :month_room"
                " AND (attribute_not_exists(#committed_day) OR #committed_day <= :day_room)"
            ),
            ExpressionAttributeNames={
                "#open": "open",
                "#key": reservation.key,
                "#day": reservation.day[8:],
                "#guest": reservation.guest_id,
                "#model": reservation.model_id,
                "#committed_day": f"committed#{reservation.day[8:]}",
                # Nobody's clock is two days late, so that day's limit is asked for no more; the
                # item stays small.
                "#committed_past": f"committed#{day_of(now - 2 * DAY)[8:]}",
            },
            ExpressionAttributeValues={
                ":entry": {"since": int(now), "day": reservation.day[8:], "cost": reservation.cost},
                ":cost": reservation.cost,
                ":month_room": limits.monthly - reservation.cost,
                ":day_room": limits.daily - reservation.cost,
                **{name: dict(_NOTHING) for name in (":day", ":guest", ":model")},
            },
            ReturnValues="ALL_NEW",
        )
        return spend_from(answer["Attributes"], reservation.day[:7])

    def _begin(self, month: str) -> None:
        """Open the books of a month, once."""
        item = month_key(month) | {
            "committed": 0,
            "open": {},
            "total": dict(_NOTHING),
            **{name: {} for name in _MAPS},
        }
        try:
            self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            if not condition_failed(error):
                raise


def spend_from(item: dict | None, month: str) -> Spend:
    """The value behind a month's item; empty books where there is none yet."""
    if item is None:
        return Spend(month)
    return Spend(
        month,
        committed=int(item["committed"]),
        committed_by_day={
            f"{month}-{name[-2:]}": int(item[name])
            for name in item
            if name.startswith("committed#")
        },
        total=_totals(item["total"]),
        days={f"{month}-{day}": _totals(amounts) for day, amounts in item["days"].items()},
        guests={guest_id: _totals(amounts) for guest_id, amounts in item["guests"].items()},
        models={model_id: _totals(amounts) for model_id, amounts in item["models"].items()},
        open=tuple(_open(key, entry, month) for key, entry in item["open"].items()),
    )


def _totals(amounts: dict) -> Totals:
    return Totals(**{field: int(amounts[name]) for name, field in _FIELDS.items()})


def _open(key: str, entry: dict, month: str) -> Open:
    return Open(key, int(entry["since"]), f"{month}-{entry['day']}", int(entry["cost"]))
