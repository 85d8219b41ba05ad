"""The planned dashboard, drawn from lines as the function writes them: each widget of its own metrics and queries has something to show."""

import json
import re

import pytest

from scripts.logs.picture.metrics import Metrics
from scripts.logs.picture.page import Page
from tests.infra.test_dashboard import PLAN, STACK_NAME
from tests.support.log_lines import failed, http, lines, probe, refused, report, turn

NOW = 1_795_406_400.0


class Silent:
    """AWS's own metrics, of which there are none."""

    def get_metric_statistics(self, **_: object) -> dict:
        return {"Datapoints": []}


@pytest.fixture(scope="module")
def body(tested) -> dict:
    return json.loads(tested.plans[PLAN]["module.watch.aws_cloudwatch_dashboard.this"]["dashboard_body"])


def drawn(body: dict, *messages: str, width: int = 1280) -> dict[str, str]:
    """The widgets' HTML by the beginning of their titles."""
    written = lines(*messages, at=NOW - 600)
    page = Page(Metrics(written, STACK_NAME, Silent()), written, {}, begin=NOW - 3_600, end=NOW, width=width).html(body)
    sections = re.findall(r"<section.*?</section>", page, re.DOTALL)
    assert len(sections) == len(body["widgets"])
    return {re.search(r"<h[12]>(.*?)</h", section)[1]: section for section in sections}


def test_what_the_function_writes_is_what_the_widgets_ask_for(body):
    started = {"durationMs": 1, "memorySizeMB": 128, "maxMemoryUsedMB": 90, "initDurationMs": 512.4}
    everything = (turn(), failed("internal", error="KeyError: 'pk'"), refused(), probe(), http(), report(90, metrics=started))
    widgets = drawn(body, *everything)
    silent = {title for title, section in widgets.items() if "No data" in section or "No line" in section}
    assert {title.split(":")[0] for title in silent} == {
        "Bedrock as AWS counts it, for all of this account&#x27;s use of the model",
        "Where the time goes",
        "Volume",
        "Limits met",
    }
    assert "HTTP calls, sockets opened" in next(title for title in silent if title.startswith("Volume"))


def test_a_day_without_a_line_is_drawn_without_values(body):
    widgets = drawn(body)
    (switch,) = (section for title, section in widgets.items() if title.startswith("Switch"))
    assert switch.count("<circle") == 2 * 7, "off all the time, and known to be"
    assert sum("No data" in section or "No line" in section for section in widgets.values()) == len(body["widgets"]) - 5


@pytest.mark.parametrize("width", [390, 1280])
def test_each_widget_is_within_the_page(body, width):
    for section in drawn(body, turn(), width=width).values():
        left, _, wide, _ = (int(number) for number in re.findall(r"(?:left|top|width|height):(\d+)px", section)[:4])
        assert left + wide <= width
