"""What the function says of its work: a line for each call, frame, turn and probe, its metrics, and
nothing that must not be there."""

import json

import pytest

from handler.ids import new_id
from handler.settings import Settings
from handler.telemetry.metrics import METRICS, NAMESPACE
from tests.support.lambda_bench import LambdaContext, make_bench

MISTRAL, NOVA = "mistral.mistral-7b-instruct-v0:2", "amazon.nova-micro-v1:0"


@pytest.fixture
def bench(table, model, environment_of_function):
    return make_bench(
        table, model, Settings.read(environment_of_function | {"FALLBACK_MODEL_IDS": NOVA})
    )


@pytest.fixture
def lines(capsys):
    """The lines printed since the last look, of one event."""

    def read(event: str) -> list[dict]:
        return [
            line
            for line in map(json.loads, capsys.readouterr().out.splitlines())
            if line["event"] == event
        ]

    return read


def fed(line: dict) -> dict[str, float]:
    """The metrics that CloudWatch reads out of a line, after its specification: each named value
    must be there, and each dimension."""
    found = {}
    for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
        assert directive["Namespace"] == NAMESPACE
        for metric in directive["Metrics"]:
            unit, dimensions = METRICS[metric["Name"]]
            assert (metric["Unit"], directive["Dimensions"]) == (unit, [list(dimensions)])
            assert all(
                isinstance(line[dimension], str) and line[dimension] for dimension in dimensions
            )
            assert isinstance(line[metric["Name"]], int | float)
            found[metric["Name"]] = line[metric["Name"]]
    return found


def test_a_turns_line_has_its_figures_its_way_and_its_metrics(bench, token, model, lines):
    model.says("Hello there.", delay=0.2, pace=0.1)
    reply_id = bench.chat("c1", token, "Hi", new_id())[0]["reply_id"]
    [line] = lines("turn")
    assert (line["outcome"], line["asked"], line["reply_id"], line["model"], line["backend"]) == (
        "complete",
        True,
        reply_id,
        MISTRAL,
        "bedrock",
    )
    assert (line["input_tokens"], line["output_tokens"]) == (10, 2)
    assert line["cost_usd"] == pytest.approx((10 * 0.15 + 2 * 0.20) / 1e6)
    assert list(line["stages"]) == [
        "gate",
        "handover",
        "history",
        "open",
        "model",
        "stream",
        "store",
        "tell",
    ]
    ends = [begin + length for begin, length in line["stages"].values()]
    begins = [begin for begin, _ in line["stages"].values()]
    assert all(begin >= end - 2 for begin, end in zip(begins[1:], ends, strict=False)), (
        "stages overlap"
    )
    assert ends[-1] <= line["ms"] + 2, "both are rounded"
    assert line["stages"]["model"][1] >= 200
    assert line["first_delta_ms"] == line["stages"]["stream"][0]
    metrics = fed(line)
    assert metrics.pop("FirstDelta") == line["first_delta_ms"]
    assert 0 <= line["ms"] - metrics.pop("ReplyTime") <= line["stages"]["model"][0]
    assert metrics == {
        "Failed": 0,
        "InputTokens": 10,
        "OutputTokens": 2,
        "Cost": line["cost_usd"],
        "Availability": 1,
    }


def test_a_failed_turn_tells_its_code_and_counts(bench, token, model, lines):
    model.says(error="AccessDeniedException")
    bench.chat("c1", token, "Hi", new_id())
    [line] = lines("turn")
    assert (line["outcome"], line["code"]) == ("failed", "model_disabled")
    assert "first_delta_ms" not in line
    metrics = fed(line)
    assert metrics.pop("ReplyTime") >= 0
    assert metrics == {"Failed": 1, "Availability": 0}


def test_a_stand_in_is_told_and_counts_against_the_main_model_only(bench, token, model, lines):
    model.says(error="ResourceNotFoundException", model=MISTRAL)
    model.says("Fine.")
    model.says("Fine again.")
    bench.ask(token)
    bench.ask(token)
    first, second = lines("turn")
    assert first["fallbacks"] == [[MISTRAL, "model_unavailable"]]
    assert (fed(first)["Failed"], fed(first)["Availability"], first["model"]) == (0, 0, NOVA)
    # The main model rests: it was not asked, and would not have answered.
    assert "fallbacks" not in second
    assert fed(second)["Availability"] == 0


def test_a_refusal_counts_wherever_it_is_said(bench, token, lines):
    bench.call("GET /me", token="x" * 43)
    bench.send("c1", {"action": "chat", "token": "x" * 43, "text": "Hi", "message_id": new_id()})
    bench.store.switch.switch_off()
    bench.ask(token)
    output = lines("http")
    assert [(line["code"], fed(line)) for line in output] == [
        ("unauthorized", {"Refused": 1}),
        ("llm_off", {"Refused": 1}),
    ]


def test_a_frames_refusal_counts_too(bench, token, lines):
    bench.send("c1", {"action": "chat", "token": "x" * 43, "text": "Hi", "message_id": new_id()})
    bench.send("c1", {"action": "dance"})
    refused, wrong = lines("frame")
    assert (refused["code"], fed(refused)) == ("unauthorized", {"Refused": 1})
    assert (wrong["code"], fed(wrong)) == ("invalid_request", {})


def test_a_reply_that_was_there_already_feeds_nothing(bench, token, model, lines):
    model.says("Once.")
    body = {"text": "Hi", "message_id": new_id()}
    bench.call("POST /chat", token=token, body=body)
    lines("turn")
    bench.call("POST /chat", token=token, body=body)
    [line] = lines("turn")
    assert (line["outcome"], line["asked"], fed(line)) == ("found", False, {})


def test_openai_clients_turns_are_reported_alike(bench, token, model, lines):
    model.says("Hello.")
    body = {"model": MISTRAL, "messages": [{"role": "user", "content": "Hi"}]}
    assert bench.call("POST /v1/chat/completions", token=token, body=body).status == 200
    [line] = lines("turn")
    assert (line["outcome"], fed(line)["Failed"]) == ("complete", 0)


def test_no_line_has_a_text_a_token_or_an_address(bench, token, model, capsys):
    secret = "umbrella-7781"
    model.says(f"{secret} indeed.")
    bench.chat("c1", token, f"Say {secret}", new_id())
    model.says(f"{secret} again", exception_after=1)
    bench.chat("c1", token, f"Say {secret}", new_id())
    model.says(error="ValidationException")
    bench.call("POST /chat", token=token, body={"text": secret})
    bench.call("GET /me", token=token)
    said = capsys.readouterr().out
    assert len(said.splitlines()) >= 6
    assert token not in said
    assert "sourceIp" not in said and "203.0.113" not in said
    assert secret not in said


@pytest.mark.parametrize(
    ("fault", "available", "code"),
    [
        ({}, 1, None),
        ({"error": "AccessDeniedException"}, 0, "model_disabled"),
        ({"error": "ThrottlingException"}, 0, "model_busy"),
        ({"error": "ServiceUnavailableException"}, 0, "model_unavailable"),
    ],
)
def test_a_probe_asks_whether_the_model_would_answer_and_pays_nothing(
    bench, model, lines, fault, available, code
):
    if fault:
        model.says(**fault)
    bench.app.handle({"probe": True}, LambdaContext(30))
    [line] = lines("probe")
    assert (line["available"], line.get("code"), fed(line), line["Backend"]) == (
        bool(available),
        code,
        {"Availability": available},
        "bedrock",
    )
    # The double refuses it as Bedrock does, before a model is asked.
    assert model.asked[0]["messages"][0]["role"] == "assistant"


def test_a_probe_of_a_model_that_is_off_asks_nobody(bench, model, lines):
    bench.store.switch.switch_off()
    bench.app.handle({"probe": True}, LambdaContext(30))
    assert lines("probe") == []
    assert model.calls == 0


def test_a_probe_of_the_worker_looks_whether_one_is_ready(bench, table, lines, model):
    bench.store.switch.switch_on(until=4_000_000_000, backend="worker")
    bench.app.handle({"probe": True}, LambdaContext(30))
    table.put_item(
        Item={"pk": "MAILBOX#WORKERS", "sk": "w1", "state": "ready", "beat": 4_000_000_000}
    )
    bench.app.handle({"probe": True}, LambdaContext(30))
    none, one = lines("probe")
    assert (fed(none), none["code"]) == ({"Availability": 0}, "model_unavailable")
    assert (fed(one), one["Backend"]) == ({"Availability": 1}, "worker")
    assert model.calls == 0
