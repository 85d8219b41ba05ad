"""Every widget shows something that exists: each metric is one of the function's own, of
Terraform's filters or of AWS's, with the dimensions that it comes with; each query asks for fields
that the lines have."""

import json
import re

import pytest

from handler.telemetry.metrics import BACKEND, METRICS, NAMESPACE, STACK
from tests.support.published_metrics import AWS, FIELDS
from tests.support.terraform_tests import ROOT

STACK_NAME = "chat"
PLAN = "stack.tftest.hcl aws_has_the_page_on_cloudfront"
# Of Insights' language, what the queries use.
COMMANDS, FUNCTIONS = (
    {"fields", "filter", "stats", "sort", "limit"},
    {"count", "count_distinct", "sum", "avg", "max", "bin", "ispresent"},
)
WORDS = COMMANDS | FUNCTIONS | {"and", "as", "by", "desc"}
# Of metric math, what the widgets use.
MATH = {"IF", "FILL", "RUNNING_SUM"}


@pytest.fixture(scope="module")
def plan(tested) -> dict[str, dict]:
    return tested.plans[PLAN]


@pytest.fixture(scope="module")
def widgets(plan) -> list[dict]:
    return json.loads(plan["module.watch.aws_cloudwatch_dashboard.this"]["dashboard_body"])[
        "widgets"
    ]


@pytest.fixture(scope="module")
def known(plan) -> dict[str, dict[str, tuple[str, ...]]]:
    """All metrics there are, as namespace, name and dimensions."""
    filters = [
        planned["metric_transformation"][0]
        for address, planned in plan.items()
        if "log_metric_filter" in address
    ]
    ours = {NAMESPACE: {name: dimensions for name, (_, dimensions) in METRICS.items()}}
    return AWS | ours | {filters[0]["namespace"]: {one["name"]: () for one in filters}}


def of_type(widgets: list[dict], kind: str) -> list[dict]:
    return [widget["properties"] for widget in widgets if widget["type"] == kind]


def metrics(widgets: list[dict]) -> list[tuple[str, str, dict]]:
    """Namespace, name and dimensions of every metric of every widget."""
    found = []
    for properties in of_type(widgets, "metric"):
        for metric in properties["metrics"]:
            words = [word for word in metric if isinstance(word, str)]
            if words:
                found.append((words[0], words[1], dict(zip(words[2::2], words[3::2], strict=True))))
    return found


def test_every_metric_exists_with_these_dimensions(widgets, known):
    shown = metrics(widgets)
    assert len(shown) > 30
    assert [
        one for one in shown if sorted(known[one[0]].get(one[1], ["missing"])) != sorted(one[2])
    ] == []


def test_every_metric_is_this_stacks(widgets, plan):
    function = plan["module.function.aws_lambda_function.this"]["function_name"]
    table = plan["module.store.aws_dynamodb_table.this"]["name"]
    model = plan["module.function.aws_lambda_function.this"]["environment"][0]["variables"][
        "MODEL_ID"
    ]
    values = {
        STACK: {STACK_NAME},
        BACKEND: {"bedrock", "worker"},
        "FunctionName": {function},
        "ApiId": {"f6g7h8i9j0", "a1b2c3d4e5"},
        "Stage": {
            plan[f"module.api.aws_apigatewayv2_stage.{api}"]["name"]
            for api in ("http", "websocket")
        },
        "ModelId": {model},
        "TableName": {table},
        "QueueName": {"chat-jobs", "chat-jobs-dead"},
    }
    for _, name, dimensions in metrics(widgets):
        for key, value in dimensions.items():
            assert value in values[key], f"{name} {key}"


def test_each_of_our_metrics_is_shown(widgets, known):
    shown = {
        (namespace, name)
        for namespace, name, _ in metrics(widgets)
        if namespace.startswith(NAMESPACE)
    }
    assert shown == {
        (namespace, name)
        for namespace in known
        if namespace.startswith(NAMESPACE)
        for name in known[namespace]
    }


def test_expressions_use_what_their_widget_has(widgets):
    for properties in of_type(widgets, "metric"):
        drawn = [metric[-1] for metric in properties["metrics"] if isinstance(metric[-1], dict)]
        ids = {one["id"] for one in drawn if "id" in one}
        for one in drawn:
            names = set(re.findall(r"[A-Za-z_]\w*", one.get("expression", "")))
            assert names <= ids | MATH, properties["title"]


def test_the_ten_free_metrics_suffice(known):
    ours = {
        (namespace, name)
        for namespace in known
        if namespace.startswith(NAMESPACE)
        for name in known[namespace]
    }
    # One backend is on at a time, so Availability is one.
    assert len(ours) == 10


def test_every_query_asks_for_fields_that_the_lines_have(widgets, plan):
    saved = [
        planned["query_string"]
        for address, planned in plan.items()
        if "query_definition" in address
    ]
    shown = [properties["query"] for properties in of_type(widgets, "log")]
    assert len(saved) == 6
    group = plan["module.function.aws_cloudwatch_log_group.this"]["name"]
    for query in saved + shown:
        text = query.removeprefix(f"SOURCE '{group}' | ")
        named = set(re.findall(r"\bas (\w+)", text))
        words = set(
            re.findall(
                r"@?[A-Za-z_][\w.]*", re.sub(r'"[^"]*"', "", re.sub(r"bin\(\w+\)", "bin", text))
            )
        )
        assert words <= FIELDS | WORDS | named, query
    assert {query.split(" | ", 1)[1] for query in shown} <= set(saved)


def test_the_dashboard_fits_a_phone(widgets):
    bottom = 0
    for widget in widgets:
        assert (widget["x"], widget["width"], widget["y"]) == (0, 24, bottom)
        assert len(widget["properties"].get("title", "")) <= 90
        bottom += widget["height"]


def test_each_of_the_owners_questions_has_a_row(widgets):
    titles = " | ".join(widget["properties"].get("title", "") for widget in widgets)
    order = [
        "Alarms",
        "Availability of the model",
        "Switch",
        "Mean response time",
        "p50 and p95",
        "Volume",
        "Guests",
        "Cost",
        "Errors",
        "Memory use",
    ]
    assert [titles.index(word) for word in order] == sorted(titles.index(word) for word in order)


def test_limits_are_drawn_where_they_are_meant(widgets, plan):
    lines = {
        line["label"]: line["value"]
        for properties in of_type(widgets, "metric")
        for line in properties.get("annotations", {}).get("horizontal", [])
    }
    given = plan["module.function.aws_lambda_function.this"]
    limits = given["environment"][0]["variables"]
    assert lines["daily_limit_usd"] == float(limits["DAILY_LIMIT_USD"])
    assert lines["monthly_limit_usd"] == float(limits["MONTHLY_LIMIT_USD"])
    assert lines["memory_mb"] == given["memory_size"]
    assert (
        lines["alarm"]
        == plan['module.watch.aws_cloudwatch_metric_alarm.this["spend"]']["threshold"]
    )


def test_the_alarm_widget_shows_every_alarm(widgets, plan):
    (shown,) = of_type(widgets, "alarm")
    names = {
        planned["alarm_name"] for address, planned in plan.items() if "metric_alarm" in address
    }
    assert {arn.split(":alarm:")[1] for arn in shown["alarms"]} == names


def test_the_filters_read_lambdas_report(plan):
    report = {
        "type": "platform.report",
        "record": {"metrics": {"maxMemoryUsedMB": 90, "initDurationMs": 512.4}},
    }
    for address, planned in plan.items():
        if "log_metric_filter" not in address:
            continue
        value = planned["metric_transformation"][0]["value"]
        assert value in planned["pattern"] and '$.type = "platform.report"' in planned["pattern"]
        found = report
        for step in value.removeprefix("$.").split("."):
            found = found[step]
        assert found in (90, 512.4)


def test_names_are_told_once():
    """The names in Terraform and in the function's table are the same strings; nothing else holds
    them."""
    terraform = "\n".join(
        path.read_text() for path in (ROOT / "terraform/modules/watch").glob("*.tf")
    )
    assert all(f'"{name}"' in terraform for name in METRICS)
    assert f'namespace = "{NAMESPACE}"' in terraform
