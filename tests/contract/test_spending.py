"""`make cost`: the owner reads the same books that the function keeps."""

import argparse
import json
import urllib.request

import pytest

from handler.ids import new_id
from handler.money import Reservation
from handler.values import Usage, day_of
from scripts.commands import cost
from scripts.console.progress import Failure
from tests.contract.test_ledger import MODEL
from tests.support.deployed_stack import DeployedDouble
from tests.support.lambda_bench import NOON

OUTPUTS = {"model_id": MODEL, "monthly_limit_usd": 5, "daily_limit_usd": 1}


@pytest.fixture
def costs(table, bench, aws, monkeypatch, capsys):
    """Runs the command at noon; its exit code and what it printed."""
    monkeypatch.setattr(cost.time, "time", lambda: NOON)

    def run(**options: object) -> tuple[int, str]:
        given = argparse.Namespace(**{"env": "aws", "aws": False, "check": False} | options)
        code = cost.run(given, DeployedDouble(OUTPUTS, table, aws))
        return code, capsys.readouterr().out

    return run


def spend(bench, guest_id: str, usd: float, now: float = NOON) -> None:
    reservation = Reservation(new_id(now), 0, guest_id, MODEL, day_of(now), round(usd * 1e9))
    bench.store.ledger.reserve(reservation, bench.app.api.budget.limits, now=now)
    bench.store.ledger.settle(reservation, Usage(1_200, 300, cost=reservation.cost))


def test_a_month_without_a_turn_is_an_ordinary_month(costs):
    code, said = costs(check=True)
    assert code == 0
    assert "November 2026 (UTC), what the model cost" in said
    assert "$0.00 of $5.00  ░░░░░░░░░░░░░░░░░░░░  0%" in said
    assert "a reply" not in said
    assert "The records of 0 replies add up" in said


def test_spend_limits_forecast_and_who_spent_it_are_shown(bench, invite, costs):
    ana = bench.app.api.door.guest(invite("ana")).id
    spend(bench, ana, 0.5)
    spend(bench, ana, 0.25, now=NOON - 86_400)
    spend(bench, "someone who left", 0.125)
    _, said = costs()
    rows = [line.split() for line in said.splitlines()]
    assert "month     $0.8750 of $5.00" in said
    assert "today     $0.6250 of $1.00" in said
    # 21.5 of 30 days are over.
    assert "forecast  $1.22 by November 30" in said
    assert "$0.2917 on average of 3 replies" in said
    assert ["ana", "$0.7500", "2", "2,400", "600"] in rows
    assert ["(revoked)", "$0.1250", "1", "1,200", "300"] in rows
    assert [MODEL, "$0.8750", "3", "3,600", "900"] in rows
    assert ["2026-11-21", "$0.2500", "1", "1,200", "300"] in rows


def test_records_that_do_not_add_up_are_an_error(bench, costs):
    spend(bench, "someone", 0.5)  # without a record
    code, said = costs(check=True)
    assert code == 1
    assert "The records of 0 replies come to $0.00, the books say $0.5000." in said


def test_the_accounts_bill_comes_from_cost_explorer(aws, costs):
    def group(name: str, amount: str) -> dict:
        return {"Keys": [name], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}}

    groups = [
        group("AWS Lambda", "0.0102"),
        group("Amazon Bedrock", "0.5"),
        group("Mistral 7B (Amazon Bedrock Edition)", "0.25"),
        group("Amazon Redshift", "99"),
    ]
    period = {"Start": "2026-11-01", "End": "2026-11-23"}
    result = {"ResultsByTime": [{"TimePeriod": period, "Total": {}, "Groups": groups}]}
    body = json.dumps({"results": [result]}).encode()
    planted = urllib.request.Request(
        f"{aws}/moto-api/static/ce/cost-and-usage-results", data=body, method="POST"
    )
    urllib.request.urlopen(planted).close()
    code, said = costs(aws=True)
    assert code == 0
    assert [line.split()[-1] for line in said.splitlines()[-4:]] == [
        "$0.5000",
        "$0.2500",
        "$0.0102",
        "$0.7602",
    ]
    assert "Redshift" not in said


def test_a_local_stack_has_no_bill(costs):
    with pytest.raises(Failure, match="Only a stack on AWS has a bill"):
        costs(env="local", aws=True)


def test_what_a_crash_left_open_on_the_last_day_of_a_month_is_settled_too(bench, costs):
    last_month = NOON - 23 * 86_400
    crashed = Reservation(new_id(last_month), 0, "someone", MODEL, day_of(last_month), 1_000_000)
    bench.store.ledger.reserve(crashed, bench.app.api.budget.limits, now=last_month)
    assert bench.store.ledger.read(month="2026-10").committed == 1_000_000
    costs()
    books = bench.store.ledger.read(month="2026-10")
    assert (books.open, books.committed) == ((), 0)
