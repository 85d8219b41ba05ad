"""What an owner reads of a stack in the terminal, after real turns: the log, one reply's way, the
numbers of a day."""

import re
from subprocess import CompletedProcess

import pytest

from handler.ids import new_id
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

TEXT = "My secret word is xylophone. Say hello."


@pytest.fixture(scope="module")
def asked(stack: LocalStack) -> dict:
    """A reply over a socket and one over HTTP, a call that was refused, and what `make` says of
    them."""
    with stack.socket() as connection:
        frames = stack.ask(connection, new_id(), TEXT)
    over_http = stack.call("POST", "/chat", json={"text": TEXT}).json()
    token = (
        stack.make("invite", "ENV=local", "NAME=watched", "DAILY=1")
        .stdout.strip()
        .split("#invite=")[1]
    )
    refused = [
        stack.call("POST", "/chat", token=token, json={"text": TEXT}).json() for _ in range(2)
    ][1]
    found = {
        "socket": frames[0][1]["reply_id"],
        "http": over_http["reply"]["id"],
        "refused": refused["request_id"],
    }

    def logs() -> CompletedProcess | None:
        """What `make logs` says once it has all three. The emulator waits a tenth of a second for a
        function's line; a later one appears in the log with the next call."""
        stack.call("GET", "/me")
        said = stack.make("logs", "ENV=local", "SINCE=30m")
        return said if all(name in said.stdout for name in found.values()) else None

    return found | {
        "token": token,
        "logs": until(logs, "all three are in the log"),
        "status": stack.make("status", "ENV=local").stdout,
    }


def test_the_log_has_a_line_for_each_turn_and_each_refusal(asked):
    said = asked["logs"].stdout
    for reply in (asked["socket"], asked["http"]):
        (line,) = (line for line in said.splitlines() if reply in line)
        assert re.search(
            r" turn +complete +[\d.]+ m?s  first words [\d.]+ m?s, \d+ in, \d+ out, \$0\.0000\d+, "
            r"bedrock mistral",
            line,
        )
    (line,) = (line for line in said.splitlines() if asked["refused"] in line)
    assert "quota_exceeded" in line and "POST /chat 429" in line
    assert re.search(r"^\d+ lines in the last 30 min", asked["logs"].stderr)


def test_a_code_leaves_only_what_ended_with_it(stack, asked):
    said = stack.make("logs", "ENV=local", "CODE=quota_exceeded").stdout.splitlines()
    assert said and all("quota_exceeded" in line for line in said)


def test_neither_text_nor_token_is_ever_shown(stack, asked):
    said = (
        asked["logs"].stdout
        + asked["status"]
        + stack.make("trace", "ENV=local", f"ID={asked['socket']}").stdout
    )
    assert "xylophone" not in said
    assert asked["token"] not in said and stack.token not in said


@pytest.mark.parametrize("over", ["socket", "http"])
def test_a_replys_way_is_drawn_by_its_id(stack, asked, over):
    said = stack.make("trace", "ENV=local", f"ID={asked[over]}").stdout.splitlines()
    assert said[0].startswith(f"reply    {asked[over]}, complete after ")
    stages = {line.split()[0]: line for line in said[4:-1]}
    handover = {"handover"} if over == "socket" else set()
    assert set(stages) == {"gate", "history", "open", "model", "stream", "store", "tell"} | handover
    assert all(re.search(r"[█▏] +[\d.]+ m?s  \w", line) for line in stages.values())


def test_a_refused_request_is_told_by_its_id(stack, asked):
    run = stack.make("trace", "ENV=local", f"ID={asked['refused']}")
    assert "quota_exceeded" in run.stdout
    assert "asked for no reply, or was refused" in run.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("logs", "SINCE=yesterday"), "is no time back from now: write 30m, 2h or 3d"),
        (("logs", "CODE=busy"), "is no code: there are budget_exhausted"),
        (("trace",), "say which reply"),
        (("trace", f"ID={new_id()}"), "make logs ENV=local shows the ids"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(stack, asked, words, said):
    run = stack.make(*words, "ENV=local", check=False)
    assert run.returncode != 0
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_status_has_the_numbers_of_the_day_with_their_graphs(stack, asked):
    head, _, day = asked["status"].partition("\n\n")
    assert [line.split()[0] for line in head.splitlines()][-4:] == [
        "guests",
        "page",
        "alarms",
        "alerts",
    ]
    assert "alarms  none here: they are made on AWS" in head
    assert "alerts  nobody is told of alarms: set alert_email in settings.toml" in head
    rows = {name.strip(): line for line in day.splitlines()[2:] if (name := line[2:14])}
    assert list(rows) == [
        "replies",
        "refused",
        "failed",
        "availability",
        "first words",
        "whole reply",
        "cost",
        "errors",
        "memory",
    ]
    assert all(re.search(r"  [·▁▂▃▄▅▆▇█]{24}", line) for line in rows.values())
    assert int(rows["replies"].split()[1]) >= 3
    assert "quota_exceeded" in rows["refused"]
    assert re.search(r"mean; p50 [\d.]+ m?s, p95 [\d.]+ m?s", rows["first words"])
    assert "not told by the emulator" in rows["memory"]
