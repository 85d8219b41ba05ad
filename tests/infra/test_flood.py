"""A day of flood at the throttles stays below its limit, by arithmetic over Terraform's plan;
docs/costs.md says what it comes to."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from handler.app import App
from handler.ids import new_id
from handler.settings import Settings
from handler.tokens import new_token
from scripts.costs import flood, prices
from scripts.costs.plan import PlannedLimits, Throttle
from tests.support.lambda_bench import FakeConnections, LambdaContext, recorded

ONE = Throttle(rate=1, burst=0)


@pytest.fixture(scope="module")
def limits(planned) -> PlannedLimits:
    return PlannedLimits.of(planned)


@pytest.fixture
def connections() -> FakeConnections:
    return FakeConnections()


@pytest.fixture
def refusing(connections) -> App:
    """The function where nobody has an invite."""
    nobody = SimpleNamespace(name="t", meta=SimpleNamespace(client=None), get_item=lambda **_: {})
    environment = {
        "AWS_REGION": "us-east-1",
        "TABLE_NAME": "t",
        "MODEL_ID": prices.MODEL,
        "MAX_TOKENS": "1",
    }
    limits = {"MONTHLY_LIMIT_USD": "1", "DAILY_LIMIT_USD": "1"}
    addresses = {
        "SITE_ORIGIN": "https://x",
        "WORKER_QUEUE_URL": "https://q",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
    }
    settings = Settings.read(environment | limits | addresses)
    return App(
        settings,
        table=nobody,
        bedrock=None,
        connections=connections,
        lambda_client=None,
        send_job=None,
    )


def test_a_day_of_flood_stays_below_its_limit(limits):
    assert 0 < flood.total(limits) < flood.LIMIT_USD


def test_every_route_of_both_apis_has_both_throttle_values(planned, limits):
    routes = [address for address in planned if "aws_apigatewayv2_route." in address]
    throttles = [*limits.http, limits.connect, *limits.frames]
    assert len(throttles) == len(routes) == 15
    assert all(throttle.rate > 0 and throttle.burst > 0 for throttle in throttles)


def test_guests_who_open_the_page_together_stay_within_the_burst(limits):
    # Ten people in the same second, with three calls each, should AWS count a stage's routes
    # together.
    assert min(throttle.burst for throttle in [*limits.http, limits.connect, *limits.frames]) >= 30


def test_the_arithmetic_is_what_a_pencil_gives():
    lines = flood.bill(PlannedLimits(http=(ONE, ONE), connect=ONE, frames=(ONE,), memory_gb=0.25))
    usd = {(line.who, line.what): line.usd for line in lines}
    # 172,800 requests at 1.00 USD a million; 86,400 sockets of 120 minutes at 0.25; 172,800 x 0.05
    # s x 0.25 GB at 13.3334.
    assert usd["HTTP", "requests"] == pytest.approx(0.1728)
    assert usd["sockets", "120 minutes each"] == pytest.approx(2.592)
    assert usd["HTTP", "50 ms at 256 MB each"] == pytest.approx(0.0288, abs=1e-5)
    assert usd["frames", "4 metered messages each"] == pytest.approx(0.3456)
    assert usd["HTTP", "1,000 bytes of log each"] == pytest.approx(0.0864)


@pytest.mark.parametrize(("part", "costs"), [("http", 2.44), ("connect", 1.39), ("frames", 0.297)])
def test_a_throttle_that_is_doubled_doubles_its_part(limits, part, costs):
    def doubled(throttle: Throttle) -> Throttle:
        return Throttle(throttle.rate * 2, throttle.burst * 2)

    now = getattr(limits, part)
    more = doubled(now) if isinstance(now, Throttle) else tuple(map(doubled, now))
    assert flood.total(replace(limits, **{part: more})) - flood.total(limits) == pytest.approx(
        costs, rel=0.05
    )


@pytest.mark.parametrize(
    "token", ["x", new_token(), "x" * 8_000], ids=["malformed", "unknown", "long"]
)
def test_a_refused_call_is_no_larger_than_reckoned_with(refusing, capsys, token):
    event = recorded("http")
    event["routeKey"] = "GET /conversations/{id}/messages"
    event["headers"]["authorization"] = f"Bearer {token}"
    answer = refusing.handle(event, LambdaContext())
    assert answer["statusCode"] == 401
    assert_small(capsys.readouterr().out, json.dumps(answer))


def test_a_refused_frame_is_no_larger_than_reckoned_with(refusing, connections, capsys):
    event = recorded("frame")
    event["body"] = json.dumps(
        {"action": "chat", "token": "x" * 8_000, "text": "Hi", "message_id": new_id()}
    )
    refusing.handle(event, LambdaContext())
    ((said,),) = connections.frames.values()
    assert said["code"] == "unauthorized"
    assert_small(capsys.readouterr().out, json.dumps(said))


def assert_small(logged: str, answered: str) -> None:
    # Lambda's own two lines in JSON, platform.start and platform.report, have some 450 bytes;
    # CloudWatch adds 26 to each line.
    assert logged.count("\n") == 1
    assert len(logged.encode()) + 450 + 3 * 26 < flood.LOG_BYTES
    # API Gateway's headers, the CORS ones among them, have some 700.
    assert len(answered.encode()) + 700 < flood.ANSWER_BYTES
