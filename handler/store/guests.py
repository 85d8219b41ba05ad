"""Guests: one item each under their token's hash, and one under their name."""

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from handler.errors import QuotaExceeded, Unauthorized
from handler.ids import new_id
from handler.store.keys import condition_failed
from handler.values import Guest, day_of, iso, next_day

_DAY = 86_400
# An expired invite stays listed, and can be renewed with its history, for this long (seconds).
_KEPT = 365 * _DAY


class NameTaken(Exception):
    """A guest of that name has an invite already."""


class Guests:
    """Who may come in, and how often today."""

    def __init__(self, table):
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
        is that of conversations which are there before their guest. Raises NameTaken."""
        key, expires_at = {"pk": "NAMES", "sk": name}, int(now) + days * _DAY
        former = self._table.get_item(Key=key, ConsistentRead=True).get("Item")
        # An expired invite that is renewed finds its conversations again.
        guest_id = former["guest_id"] if former else guest_id or new_id(now)
        try:
            self._table.put_item(
                Item=key
                | {
                    "token_hash": token_hash,
                    "guest_id": guest_id,
                    "expires_at": expires_at,
                    "ttl": expires_at + _KEPT,
                },
                ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
                ExpressionAttributeValues={":now": int(now)},
            )
        except ClientError as error:
            if condition_failed(error):
                raise NameTaken(name) from error
            raise
        if former:
            self._table.delete_item(Key=_guest_key(former["token_hash"]))
        item = _guest_key(token_hash) | {
            "guest_id": guest_id,
            "name": name,
            "created_at": iso(now),
            "expires_at": expires_at,
            "ttl": expires_at + _KEPT,
            "daily_limit": daily_limit,
            "day": day_of(now),
            "used": 0,
        }
        self._table.put_item(Item=item)
        return _guest(item, now)

    def list(self, *, now: float) -> list[Guest]:
        """Every guest whose invite was not revoked, by name; those that have expired among them."""
        guests, start = [], {}
        while True:
            page = self._table.query(KeyConditionExpression=Key("pk").eq("NAMES"), **start)
            for named in page["Items"]:
                item = self._table.get_item(Key=_guest_key(named["token_hash"])).get("Item")
                if item:
                    guests.append(_guest(item, now))
            if "LastEvaluatedKey" not in page:
                return guests
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def revoke(self, *, name: str) -> bool:
        """Take an invite back at once; their conversations stay. False if there is no such name."""
        named = self._table.get_item(Key={"pk": "NAMES", "sk": name}, ConsistentRead=True).get(
            "Item"
        )
        if named is None:
            return False
        self._table.delete_item(Key=_guest_key(named["token_hash"]))
        self._table.delete_item(Key={"pk": "NAMES", "sk": name})
        return True

    def find(self, token_hash: str, *, now: float) -> Guest:
        """The guest behind a token. Raises Unauthorized; expiry is checked here and not left to
        TTL."""
        item = self._table.get_item(Key=_guest_key(token_hash), ConsistentRead=True).get("Item")
        if item is None or item["expires_at"] <= now:
            raise Unauthorized
        return _guest(item, now)

    def admit(self, token_hash: str, *, now: float) -> Guest:
        """Check the token and count one reply in one conditional write. Raises Unauthorized or
        QuotaExceeded."""
        today = day_of(now)
        try:
            return self._count(
                token_hash,
                now,
                "SET used = used + :one",
                "#day = :today AND used < daily_limit",
                {":one": 1, ":today": today},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            item = error.response.get("Item")
            if item is None or int(item["expires_at"]["N"]) <= now:
                raise Unauthorized from error
            if item["day"]["S"] >= today or item["daily_limit"]["N"] == "0":
                raise QuotaExceeded(retry_after=int(next_day(now) - now) + 1) from error
        return self._admit_first_today(token_hash, now, today)

    def _admit_first_today(self, token_hash: str, now: float, today: str) -> Guest:
        try:
            return self._count(
                token_hash,
                now,
                "SET used = :one, #day = :today",
                "#day < :today",
                {":one": 1, ":today": today},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
        # Another turn of the same guest opened the day between the two writes.
        return self.admit(token_hash, now=now)

    def _count(
        self, token_hash: str, now: float, update: str, condition: str, values: dict
    ) -> Guest:
        answer = self._table.update_item(
            Key=_guest_key(token_hash),
            UpdateExpression=update,
            ConditionExpression=f"attribute_exists(pk) AND expires_at > :now AND {condition}",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":now": int(now)} | values,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return _guest(answer["Attributes"], now)

    def give_back(self, token_hash: str, *, now: float) -> None:
        """Undo one count of today: the turn never reached the model."""
        try:
            self._table.update_item(
                Key=_guest_key(token_hash),
                UpdateExpression="SET used = used - :one",
                ConditionExpression="#day = :today AND used > :none",
                ExpressionAttributeNames={"#day": "day"},
                ExpressionAttributeValues={":one": 1, ":none": 0, ":today": day_of(now)},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise


def _guest_key(token_hash: str) -> dict:
    return {"pk": f"GUEST#{token_hash}", "sk": "GUEST"}


def _guest(item: dict, now: float) -> Guest:
    used = int(item["used"]) if item["day"] == day_of(now) else 0
    return Guest(
        item["guest_id"],
        item["name"],
        item["created_at"],
        int(item["expires_at"]),
        int(item["daily_limit"]),
        used,
    )
