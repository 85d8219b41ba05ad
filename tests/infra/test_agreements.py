"""What Terraform declares is what the function, the page and the documents name."""

import re
from decimal import Decimal
from string import Template

from handler import app, settings
from tests.support.terraform_tests import ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def code_spans(start: str, end: str) -> set[str]:
    """The `code` between two phrases of docs/architecture.md."""
    return set(re.findall(r"`([^`]+)`", ARCHITECTURE.split(start, 1)[1].split(end, 1)[0]))


def route_keys(plan: dict[str, dict], api: str) -> set[str]:
    return {
        planned["route_key"]
        for address, planned in plan.items()
        if f"aws_apigatewayv2_route.{api}[" in address
    }


def environment(plan: dict[str, dict]) -> dict[str, str]:
    return plan["module.function.aws_lambda_function.this"]["environment"][0]["variables"]


def test_http_routes_are_those_of_the_architecture(planned):
    assert route_keys(planned, "http") == code_spans("HTTP routes", "WebSocket routes")


def test_http_routes_are_those_of_the_function(planned):
    assert route_keys(planned, "http") == {*app.ROUTES, "$default"}


def test_websocket_routes_are_those_of_the_architecture(planned):
    assert route_keys(planned, "websocket") == code_spans("WebSocket routes:", "(the handler")


def test_environment_is_the_one_of_the_architecture(tested):
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", ARCHITECTURE, re.MULTILINE))
    emulated = environment(
        tested.plans["stack.tftest.hcl emulator_has_both_apis_under_its_own_address"]
    )
    real = environment(tested.plans["stack.tftest.hcl aws_has_the_page_on_cloudfront"])
    guarded = environment(
        tested.plans["guardrail.tftest.hcl asked_for_the_function_is_told_its_version"]
    )
    assert set(emulated) | set(guarded) == documented
    assert set(emulated) - set(real) == {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME"}
    assert set(guarded) - set(real) == {"GUARDRAIL_ID", "GUARDRAIL_VERSION"}
    assert set(real) <= set(emulated) & set(guarded)


def test_the_function_asks_through_the_guardrail_that_terraform_names(tested):
    guarded = environment(
        tested.plans["guardrail.tftest.hcl asked_for_the_function_is_told_its_version"]
    )
    read = settings.Settings.read(
        guarded | {"AWS_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": "chat"}
    )
    assert (read.guardrail["guardrailIdentifier"], read.guardrail["guardrailVersion"]) == (
        "g1h2i3j4k5l6",
        "1",
    )


def test_the_function_reads_its_settings_from_that_environment(tested):
    real = environment(tested.plans["stack.tftest.hcl aws_has_the_page_on_cloudfront"])
    given_by_lambda = {"AWS_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": "chat"}
    read = settings.Settings.read(real | given_by_lambda)
    limits = [Decimal(limit) / settings.NANO for limit in (read.limits.monthly, read.limits.daily)]
    assert (read.table_name, read.max_tokens, limits, read.site_origin) == (
        "chat",
        1024,
        [5, 1],
        "https://d111111abcdef8.cloudfront.net",
    )


def test_table_is_the_one_of_the_architecture(planned):
    table = planned["module.store.aws_dynamodb_table.this"]
    (index,) = table["local_secondary_index"]
    names = {
        table["hash_key"],
        table["range_key"],
        table["ttl"][0]["attribute_name"],
        index["name"],
        index["range_key"],
    }
    assert names | set(index["non_key_attributes"]) <= code_spans("One DynamoDB table", "| item |")


def test_index_html_uses_only_what_terraform_fills_in():
    page = (ROOT / "site" / "index.html").read_text()
    # What is left after Python filled in the same names would stop Terraform, or show a person a
    # template.
    filled = Template(page).substitute(api_url="", ws_url="", connect_src="", version="")
    assert "${" not in filled and "%{" not in filled
