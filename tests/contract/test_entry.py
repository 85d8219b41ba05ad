"""Any event whatever gets a well-formed answer; no answer carries a trace, an ARN or an account."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handler.app import ROUTES
from handler.ids import new_id
from tests.support.lambda_bench import SITE_ORIGIN, LambdaContext, recorded

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4)
    ),
    max_leaves=12,
)
fuzz = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def well_formed(answer: dict) -> None:
    assert 200 <= answer["statusCode"] < 600
    json.dumps(answer)
    assert "Traceback" not in answer.get("body", "")
    assert answer["statusCode"] != 500, answer


@fuzz
@given(event=json_values)
def test_any_value_as_an_event_gets_a_well_formed_answer(bench, event):
    well_formed(bench.app.handle(event, LambdaContext(30)))


@fuzz
@given(
    route=st.sampled_from(sorted(ROUTES)),
    body=json_values,
    query=st.dictionaries(st.sampled_from(["limit", "cursor"]), st.text()),
    thing=st.text(),
)
def test_any_body_query_and_id_on_every_route_is_no_server_error(
    bench, token, route, body, query, thing
):
    event = recorded("http")
    event |= {
        "routeKey": route,
        "body": json.dumps(body),
        "queryStringParameters": query,
        "pathParameters": {"id": thing},
    }
    event["headers"]["authorization"] = f"Bearer {token}"
    answer = bench.app.handle(event, LambdaContext(30))
    assert answer["statusCode"] < 500, answer


@fuzz
@given(body=st.text(max_size=200) | json_values.map(json.dumps), encoded=st.booleans())
def test_any_frame_is_answered_once(bench, body, encoded):
    event = recorded("frame")
    event |= {"body": body, "isBase64Encoded": encoded}
    connection = event["requestContext"]["connectionId"] = new_id()
    assert bench.app.handle(event, LambdaContext(29)) == {"statusCode": 200}
    assert len(bench.frames(connection)) == 1


@pytest.mark.parametrize(
    ("origin", "status"),
    [(SITE_ORIGIN, 200), (None, 200), ("https://evil.example", 403), ("null", 403), ("", 403)],
)
def test_a_foreign_origin_is_refused_at_connect(bench, origin, status):
    event = recorded("connect")
    del event["headers"]["Origin"]
    if origin is not None:
        event["headers"]["origin"] = origin
    assert bench.app.handle(event, LambdaContext(29))["statusCode"] == status


def test_a_body_in_base64_is_read(bench, token, model):
    event = recorded("http")
    event |= {"routeKey": "POST /chat", "body": "eyJ0ZXh0IjoiSGkifQ==", "isBase64Encoded": True}
    event["headers"]["authorization"] = f"Bearer {token}"
    model.says("Hello.")
    assert bench.raw(event).body["reply"]["text"] == "Hello."
    assert bench.raw(event | {"body": "***"}).code == "invalid_request"
