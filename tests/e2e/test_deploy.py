"""A stack is deployed, looked at, changed and removed with `make` alone."""

import re
from urllib.parse import urlsplit

from tests.support.deployed_copy import tail


def test_a_deploy_ends_with_the_page_and_the_owners_link(lifecycle):
    assert lifecycle["deploy"].returncode == 0, tail(lifecycle["deploy"])
    page, link = lifecycle["deploy"].stdout.splitlines()
    assert urlsplit(page).scheme == "http"
    assert re.fullmatch(re.escape(page) + r"#invite=[\w-]{43}", link)


def test_a_deploy_tells_what_it_is_going_to_do_and_what_it_did(lifecycle):
    said = lifecycle["deploy"].stderr
    plan, _, did = said.partition("[5/7]")
    assert re.search(
        r"appears +\d+ .*DynamoDB 1.*\n +changes +0\n +goes +0\n +Idle cost: 0\.00 USD a month",
        plan,
    )
    assert "created module.store.aws_dynamodb_table.this" in plan
    assert re.search(r"page .*security headers\n.*health .*\n.*socket .*ping, pong", did)
    assert "make llm-on ENV=local STACK=owned HOURS=2" in did


def test_what_is_there_is_found_and_named(lifecycle):
    found = lifecycle["found"]
    assert found.returncode != 0
    for kind in (
        "bucket",
        "table",
        "function",
        "API",
        "distribution",
        "role",
        "policy",
        "log group",
        "budget",
        "topic",
    ):
        assert re.search(rf"still there: {kind} .*To remove it: ", found.stderr), kind


def test_an_update_keeps_the_history_and_ends_in_no_changes(lifecycle):
    update = lifecycle["update"]
    assert update.returncode == 0, tail(update)
    assert re.search(
        r"changes +1 +Lambda 1\n +module\.function\.aws_lambda_function\.this: environment",
        update.stderr,
    )
    assert lifecycle["history"] == ["Hello.", "Hello."]
    # A page that was open all the while is answered on its old socket: the model is off.
    assert [(frame["type"], frame["code"]) for frame in lifecycle["open tab"]] == [
        ("failed", "llm_off")
    ]
    assert "No changes" in lifecycle["unchanged"].stderr
    assert update.stdout.splitlines()[-1] == lifecycle["deploy"].stdout.splitlines()[-1], (
        "the owner's link changed"
    )


def test_a_destroy_says_what_is_lost_and_leaves_nothing(lifecycle):
    destroy = lifecycle["destroy"]
    assert destroy.returncode == 0, tail(destroy)
    assert re.search(r"with \d+ conversations and 3 guests\.", destroy.stderr), tail(destroy)
    assert "make export ENV=local STACK=owned" in destroy.stderr
    assert lifecycle["after"] == lifecycle["before"]
