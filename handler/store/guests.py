"""Guests: one item each under their token's hash, and one under their name."""

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from handler.errors import QuotaExceeded, Unauthorized
from handler.ids import new_id
from handler.money import DAY
from handler.store.table import Item, Table, Update, condition_failed, conditional, every, get
from handler.values import Guest, day_of, iso, next_day

# An expired invite stays listed, and can be renewed with its history, for this long (seconds).
_KEPT = 365 * DAY


class NameTaken(Exception):
    """A guest of that name has a valid invite."""


class Guests:
    """Who has an invite, and how many replies each had today."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(
        self,
        *,
        name: str,
        token_hash: str,
        days: int,
        daily_limit: int,
        now: float,
        guest_id: str | None = None,
    ) -> Guest:
        """Store an invite that lasts `days` and allows `daily_limit` replies a UTC day; `guest_id`
        is that of conversations which exist before their guest. Raises NameTaken."""
        expires_at = int(now) + days * DAY
        former = get(self._table, _name_key(name))
        # An expired invite that is renewed finds its conversations again.
        guest_id = former["guest_id"] if former else guest_id or new_id(now)
        shared = {"guest_id": guest_id, "expires_at": expires_at, "ttl": expires_at + _KEPT}
        named = conditional(
            self._table.put_item,
            Item=_name_key(name) | shared | {"token_hash": token_hash},
            ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
            ExpressionAttributeValues={":now": int(now)},
        )
        if named is None:
            raise NameTaken(name)
        if former:
            self._table.delete_item(Key=_guest_key(former["token_hash"]))
        own = {
            "name": name,
            "created_at": iso(now),
            "daily_limit": daily_limit,
            "day": day_of(now),
            "used": 0,
        }
        item = _guest_key(token_hash) | shared | own
        self._table.put_item(Item=item)
        return _guest(item, now)

    def list(self, *, now: float) -> list[Guest]:
        """Every guest whose invite was not revoked, by name, expired ones included."""
        names = every(self._table.query, KeyConditionExpression=Key("pk").eq("NAMES"))
        keys = [_guest_key(named["token_hash"]) for named in names]
        items = [self._table.get_item(Key=key).get("Item") for key in keys]
        return [_guest(item, now) for item in items if item]

    def revoke(self, *, name: str) -> bool:
        """Take an invite back at once; its conversations stay. False if there is no such name."""
        named = get(self._table, _name_key(name))
        if named is None:
            return False
        self._table.delete_item(Key=_guest_key(named["token_hash"]))
        self._table.delete_item(Key=_name_key(name))
        return True

    def find(self, token_hash: str, *, now: float) -> Guest:
        """The guest behind a token. Raises Unauthorized. Expiry is checked here: DynamoDB's TTL may
        be days late."""
        item = get(self._table, _guest_key(token_hash))
        if item is None or item["expires_at"] <= now:
            raise Unauthorized
        return _guest(item, now)

    def admit(self, token_hash: str, *, now: float) -> Guest:
        """Check the token and count one reply in one conditional write. Raises Unauthorized or
        QuotaExceeded."""
        again = _count(
            token_hash, now, "used = used + :one", "#day = :today AND used < daily_limit"
        )
        try:
            answer = self._table.update_item(
                **again.request(),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
            return _guest(answer["Attributes"], now)
        except ClientError as error:
            if not condition_failed(error):
                raise
            # As it comes from DynamoDB: each value beside its type.
            item = error.response.get("Item")
            if item is None or int(item["expires_at"]["N"]) <= now:
                raise Unauthorized from error
            if item["day"]["S"] >= day_of(now) or item["daily_limit"]["N"] == "0":
                raise QuotaExceeded(retry_after=int(next_day(now) - now) + 1) from error
        first = _count(token_hash, now, "used = :one, #day = :today", "#day < :today")
        counted = first.apply(self._table, "ALL_NEW")
        # None if another turn of the same guest opened the day between the two writes.
        return _guest(counted, now) if counted else self.admit(token_hash, now=now)

    def give_back(self, token_hash: str, *, now: float) -> None:
        """Undo one count of today: the turn never reached the model."""
        Update(
            _guest_key(token_hash),
            "SET used = used - :one",
            {":one": 1, ":none": 0, ":today": day_of(now)},
            "#day = :today AND used > :none",
            {"#day": "day"},
        ).apply(self._table)


def _name_key(name: str) -> Item:
    return {"pk": "NAMES", "sk": name}


def _guest_key(token_hash: str) -> Item:
    return {"pk": f"GUEST#{token_hash}", "sk": "GUEST"}


def _count(token_hash: str, now: float, change: str, condition: str) -> Update:
    return Update(
        _guest_key(token_hash),
        f"SET {change}",
        {":one": 1, ":today": day_of(now), ":now": int(now)},
        f"attribute_exists(pk) AND expires_at > :now AND {condition}",
        {"#day": "day"},
    )


def _guest(item: Item, now: float) -> Guest:
    return Guest(
        id=item["guest_id"],
        name=item["name"],
        created_at=item["created_at"],
        expires_at=int(item["expires_at"]),
        daily_limit=int(item["daily_limit"]),
        used=int(item["used"]) if item["day"] == day_of(now) else 0,
    )
