"""Invites: named once, counted exactly, over midnight too."""

from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from handler.errors import QuotaExceeded, Unauthorized
from handler.ids import new_id
from handler.store import NameTaken, Store
from handler.tokens import hash_token, new_token
from tests.support.planned_table import make_table

NOON = 1_795_348_800


@pytest.fixture
def dynamodb(motos_dynamodb):
    return motos_dynamodb


@pytest.fixture
def guests(bench):
    return bench.store.guests


def create(guests, name="ana", *, now=NOON, **more):
    token_hash = hash_token(new_token())
    return guests.create(
        name=name, token_hash=token_hash, **{"days": 30, "daily_limit": 5} | more, now=now
    ), token_hash


def test_a_name_is_taken_once(guests):
    create(guests)
    with pytest.raises(NameTaken):
        create(guests)


def test_an_expired_invite_is_renewed_with_its_history(guests):
    former, old_hash = create(guests, days=1)
    later = NOON + 2 * 86_400
    renewed, new_hash = create(guests, now=later)
    assert renewed.id == former.id
    assert guests.find(new_hash, now=later).name == "ana"
    with pytest.raises(Unauthorized):
        guests.find(old_hash, now=later)


def test_guests_are_listed_by_name(guests):
    create(guests, "bia")
    create(guests, "ana")
    assert [guest.name for guest in guests.list(now=NOON)] == ["ana", "bia"]


def test_the_count_starts_anew_every_day(guests):
    _, token_hash = create(guests, daily_limit=1)
    assert guests.admit(token_hash, now=NOON).used == 1
    with pytest.raises(QuotaExceeded) as refused:
        guests.admit(token_hash, now=NOON)
    assert refused.value.retry_after == 86_400 - NOON % 86_400 + 1
    assert guests.admit(token_hash, now=NOON + 86_400).used == 1


def test_twenty_at_once_cannot_pass_a_limit_of_five(bare_aws, table_plan):
    # In the emulator, which answers all of them side by side.
    guests = Store(make_table(boto3.resource("dynamodb", endpoint_url=bare_aws), table_plan)).guests
    _, token_hash = create(guests, now=NOON - 86_400)

    def admit(_):
        try:
            return guests.admit(token_hash, now=NOON).used
        except QuotaExceeded:
            return None

    with ThreadPoolExecutor(20) as pool:
        admitted = sorted(used for used in pool.map(admit, range(20)) if used)
    assert admitted == [1, 2, 3, 4, 5]


def test_a_count_is_given_back_once_and_never_below_nothing(guests):
    _, token_hash = create(guests)
    guests.admit(token_hash, now=NOON)
    guests.give_back(token_hash, now=NOON)
    guests.give_back(token_hash, now=NOON)
    assert guests.find(token_hash, now=NOON).used == 0


def test_a_limit_of_nothing_admits_nobody(guests):
    _, token_hash = create(guests, daily_limit=0)
    for now in (NOON, NOON + 86_400):
        with pytest.raises(QuotaExceeded):
            guests.admit(token_hash, now=now)


def test_each_guests_spend_adds_up_to_the_months(bench, invite, model):
    ana, bia = invite("ana"), invite("bia")
    for token in (ana, bia, ana):
        model.says("Three short words.")
        bench.ask(token)
    now = bench.app.http.clock()
    _, spend = bench.store.switch.read(now=now)
    ids = {guest.name: guest.id for guest in bench.store.guests.list(now=now)}
    assert spend.guests[ids["ana"]].cost == 2 * spend.guests[ids["bia"]].cost > 0
    assert sum(guest.cost for guest in spend.guests.values()) == spend.total.cost


def test_a_revoked_invite_is_refused_on_an_open_socket(bench, invite, model):
    token = invite("rita")
    model.says("Welcome.")
    assert bench.chat("c1", token, "Hi", new_id())[-1]["message"]["status"] == "complete"
    bench.store.guests.revoke(name="rita")
    (refused,) = bench.chat("c1", token, "Hi again", new_id())
    assert (refused["type"], refused["code"]) == ("failed", "unauthorized")
    assert model.calls == 1
