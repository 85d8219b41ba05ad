"""Ids, tokens, times and money."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.ids import id_after, is_id, new_id
from handler.models.catalog import card_for, ladder, row
from handler.money import SpendingLimits
from handler.settings import Settings, SettingsError
from handler.store.keys import cursor_from, key_from
from handler.tokens import hash_token, is_token, new_token
from handler.values import day_of, iso, month_of, next_day, next_month


@given(st.floats(0, 2**37), st.floats(0, 2**37))
def test_ids_sort_by_time(one, other):
    assert (new_id(one)[:10] < new_id(other)[:10]) == (int(one * 1000) < int(other * 1000))


@given(st.floats(0, 2**37))
def test_the_id_after_an_id_is_the_next_one(now):
    value = new_id(now)
    after = id_after(value)
    assert after > value
    assert is_id(after)


def test_what_is_no_id_is_not_taken_for_one():
    assert is_id(new_id())
    for value in ("", "x", new_id().lower(), "8" + new_id()[1:], new_id() + "0", None, 7, "I" * 26):
        assert not is_id(value)


def test_a_token_has_256_bits_and_only_its_hash_is_a_key():
    token = new_token()
    assert is_token(token)
    assert len(hash_token(token)) == 64
    others = [token[:at] + "-" + token[at + 1 :] for at in range(43) if token[at] != "-"]
    assert hash_token(token) not in map(hash_token, others), "every character counts"
    assert not is_token(token + "a")
    assert not is_token("é" * 43)


@pytest.fixture(params=["UTC", "America/Sao_Paulo", "Pacific/Auckland"])
def zone(request, monkeypatch):
    """Where the machine's clock stands."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize(
    ("moment", "day", "tomorrow", "month"),
    [
        (
            "2026-12-31T23:59:59",
            "2026-12-31",
            "2027-01-01T00:00:00.000Z",
            "2027-01-01T00:00:00.000Z",
        ),
        (
            "2028-02-29T00:00:00",
            "2028-02-29",
            "2028-03-01T00:00:00.000Z",
            "2028-03-01T00:00:00.000Z",
        ),
        (
            "2026-11-22T12:00:00",
            "2026-11-22",
            "2026-11-23T00:00:00.000Z",
            "2026-12-01T00:00:00.000Z",
        ),
    ],
)
def test_days_and_months_end_at_midnight_utc(moment, day, tomorrow, month):
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    assert (day_of(now), month_of(now)) == (day, day[:7])
    assert (iso(next_day(now)), iso(next_month(now))) == (tomorrow, month)


def test_a_reply_costs_what_the_price_list_says():
    card = card_for("mistral.mistral-7b-instruct-v0:2", "us-east-1")
    assert card.cost(1_200, 300) == 240_000
    assert (
        card_for("mistral.mistral-7b-instruct-v0:2", "sa-east-1").cost(1_000_000, 0) == 250_000_000
    )
    assert card_for("unknown.model", "us-east-1") is None
    assert card_for("mistral.mistral-7b-instruct-v0:2", "moon-1") is None


ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "forever-us",
    "TABLE_NAME": "forever-us",
    "MODEL_ID": "mistral.mistral-7b-instruct-v0:2",
    "PERSONA": " Kind. ",
    "MAX_TOKENS": "100000",
    "MONTHLY_LIMIT_USD": "0.5",
    "DAILY_LIMIT_USD": "0.05",
    "SITE_ORIGIN": "https://example.cloudfront.net/",
    "WORKER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/forever-us-jobs",
}


def test_settings_are_read_once_and_kept_within_the_models_limits():
    settings = Settings.read(ENVIRONMENT)
    assert (settings.persona, settings.max_tokens, settings.limits) == (
        "Kind.",
        4_096,
        SpendingLimits(500_000_000, 50_000_000),
    )
    assert settings.site_origin == "https://example.cloudfront.net"
    assert [card.name for card in settings.models] == ["Mistral 7B Instruct"]


def test_fallback_models_stand_behind_the_main_one_each_once():
    ids = "amazon.nova-micro-v1:0 mistral.mistral-7b-instruct-v0:2 mistral.ministral-3-3b-instruct"
    models = Settings.read(ENVIRONMENT | {"FALLBACK_MODEL_IDS": ids}).models
    assert [card.name for card in models] == [
        "Mistral 7B Instruct",
        "Amazon Nova Micro",
        "Ministral 3 3B",
    ]


def test_where_a_model_is_offered_through_a_profile_only_it_is_asked_through_it():
    assert card_for("amazon.nova-micro-v1:0", "us-east-1").bedrock_id == "amazon.nova-micro-v1:0"
    assert card_for("amazon.nova-micro-v1:0", "us-west-2").bedrock_id == "us.amazon.nova-micro-v1:0"


def test_the_ladder_names_every_model_of_the_table_once_and_a_row_has_bedrocks_defaults():
    rows = [row(model_id) for model_id in ladder()]
    assert [model.name for model in rows] == [
        "Mistral 7B Instruct",
        "Ministral 3 8B",
        "Ministral 3 3B",
        "Amazon Nova Micro",
    ]
    nova = rows[-1]
    assert (nova.max_output, nova.temperature, nova.top_p) == (5_000, 0.7, 0.9)
    assert row("worker") is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TABLE_NAME", ""),
        ("MODEL_ID", "unknown.model"),
        ("FALLBACK_MODEL_IDS", "amazon.nova-micro-v1:0 unknown.model"),
        ("WORKER_QUEUE_URL", ""),
        ("MAX_TOKENS", "many"),
        ("MAX_TOKENS", "-1"),
        ("MONTHLY_LIMIT_USD", "NaN"),
        ("MONTHLY_LIMIT_USD", "0"),
        ("MONTHLY_LIMIT_USD", "-5"),
        ("MONTHLY_LIMIT_USD", "10001"),
        ("MONTHLY_LIMIT_USD", "Infinity"),
        ("DAILY_LIMIT_USD", ""),
        ("DAILY_LIMIT_USD", "0.001"),
        ("DAILY_LIMIT_USD", "1e9"),
        ("SITE_ORIGIN", " "),
    ],
)
def test_a_wrong_setting_is_named_with_its_value(key, value):
    with pytest.raises(SettingsError, match=key):
        Settings.read(ENVIRONMENT | {key: value})


def test_a_guardrail_is_passed_only_where_there_is_one():
    assert Settings.read(ENVIRONMENT).guardrail is None
    given = Settings.read(ENVIRONMENT | {"GUARDRAIL_ID": "abc", "GUARDRAIL_VERSION": "1"}).guardrail
    assert given == {
        "guardrailIdentifier": "abc",
        "guardrailVersion": "1",
        "streamProcessingMode": "sync",
    }
    with pytest.raises(SettingsError, match="GUARDRAIL_VERSION"):
        Settings.read(ENVIRONMENT | {"GUARDRAIL_ID": "abc"})


def test_a_cursor_gives_its_key_back_and_stays_in_its_partition():
    cursor = cursor_from({"pk": "CONV#mine", "sk": "MSG#1#0"}, ("sk",))
    assert key_from(cursor, ("sk",), "CONV#other") == {"pk": "CONV#other", "sk": "MSG#1#0"}
    forged = cursor_from({"sk": "OWNER#somebody"}, ("sk",))
    assert key_from(forged, ("sk",), "CONV#mine") == {"pk": "CONV#mine", "sk": "OWNER#somebody"}
