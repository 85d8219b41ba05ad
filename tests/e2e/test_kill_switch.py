"""The budget's kill switch takes the model away and nothing else, is told to people in words, and
one command gives the model back."""

import pytest

from tests.support.budget_switch import ON_AWS, ON_THE_EMULATOR
from tests.support.deployed_copy import tail
from tests.support.lifecycle import EMAIL


@pytest.fixture
def seen(lifecycle) -> dict:
    return lifecycle["switch"]


def test_before_the_switch_fires_the_model_answers(seen):
    assert (seen["before"]["status"], seen["before"]["calls"]) == (200, 1)


def test_the_owner_is_told_at_every_threshold(seen):
    assert seen["alerts"] == {
        told: [EMAIL] for told in ("ACTUAL 50", "ACTUAL 80", "ACTUAL 100", "FORECASTED 100")
    }


def test_a_turn_says_that_the_model_is_disabled_and_asks_it_once(seen):
    denied = seen["denied"]
    assert (denied["status"], denied["code"], denied["calls"]) == (503, "model_disabled", 1)


def test_a_socket_says_so_too_and_offers_no_retry(seen):
    denied = seen["denied over a socket"]
    assert (denied["type"], denied["code"], denied["retryable"], denied["calls"]) == (
        "failed",
        "model_disabled",
        False,
        1,
    )


def test_history_stays_readable(seen):
    assert seen["history"] == [
        ("user", "complete"),
        ("assistant", "complete"),
        ("user", "complete"),
        ("assistant", "failed"),
    ]


def test_iam_denies_the_model_under_awss_own_name_and_nothing_else(seen):
    allowed = dict.fromkeys([ON_AWS, ON_THE_EMULATOR, "dynamodb:GetItem"], "allowed")
    denied = {
        ON_AWS: "explicitDeny",
        ON_THE_EMULATOR: "explicitDeny",
        "dynamodb:GetItem": "allowed",
    }
    assert [seen[step] for step in ("decisions before", "decisions", "decisions after")] == [
        allowed,
        denied,
        allowed,
    ]


def test_one_command_gives_the_model_back_and_says_what_it_did(seen):
    assert seen["allowed"].splitlines() == [
        "The policy that denied the model was detached.",
        "Nothing denies the model: the function may ask it.",
        "No budget acts on this stack by itself.",
    ]
    assert seen["allowed again"].splitlines() == seen["allowed"].splitlines()[1:]
    assert (seen["after"]["status"], seen["after"]["calls"]) == (200, 1)


def test_a_fired_switch_does_not_stop_a_destroy_and_nothing_is_left(lifecycle):
    assert lifecycle["destroy"].returncode == 0, tail(lifecycle["destroy"])
    assert lifecycle["after"] == lifecycle["before"]


def test_another_stack_of_the_account_is_left_alone(lifecycle):
    assert lifecycle["another"]["AttachedPolicies"] == []
