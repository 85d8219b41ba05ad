"""docs/openapi.yaml is true: it names every route, fuzzed answers fit it, and no input whatever
gives a 5xx."""

from pathlib import Path

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from handler import __version__
from handler.api.http import ROUTES
from tests.support.http_front import front

SPEC = yaml.safe_load((Path(__file__).parents[2] / "docs/openapi.yaml").read_text())
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_the_description_names_every_route_and_no_other():
    described = {
        f"{method.upper()} {path}"
        for path, item in SPEC["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert described == set(ROUTES)
    assert SPEC["info"]["version"] == __version__


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_any_call_is_answered_as_described(bench, token, model, route):
    model.says("Fuzzed.", times=0)
    method, path = route.split(" ")
    api = schemathesis.openapi.from_dict(SPEC)
    api.app = front(bench.app)
    operation = api[path][method]

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        case=operation.as_strategy()
        | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    def fuzz(case):
        case.call_and_validate(
            base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {token}"}, checks=CHECKS
        )

    fuzz()
