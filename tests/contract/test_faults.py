"""Fault by fault: what the person sees, what is stored, how often the model was asked.
`build/faults.md` has the table."""

import json
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import ClientError

from handler import aws
from handler.errors import ChatError
from handler.ids import new_id
from handler.models import bedrock
from handler.models.prompt import build_prompt
from handler.settings import Settings
from handler.store import errors
from tests.support.lambda_bench import client_error

TABLE = Path(__file__).parents[2] / "build" / "faults.md"
SECRET = "arn:aws:bedrock:us-east-1:123456789012:secret"
# fault, what the double does, code that the person gets, status and text that are stored, calls of
# the model
BEDROCK = [
    ("access denied", {"error": "AccessDeniedException"}, "model_disabled", "failed", "", 1),
    ("validation", {"error": "ValidationException"}, "internal", "failed", "", 1),
    (
        "model not found",
        {"error": "ResourceNotFoundException"},
        "model_unavailable",
        "failed",
        "",
        1,
    ),
    ("throttled for good", {"error": "ThrottlingException"}, "model_busy", "failed", "", 3),
    ("model not ready", {"error": "ModelNotReadyException"}, "model_busy", "failed", "", 3),
    ("model timeout", {"error": "ModelTimeoutException"}, "model_timeout", "failed", "", 2),
    ("model error", {"error": "ModelErrorException"}, "model_unavailable", "failed", "", 2),
    (
        "internal server error",
        {"error": "InternalServerException"},
        "model_unavailable",
        "failed",
        "",
        3,
    ),
    (
        "service unavailable",
        {"error": "ServiceUnavailableException"},
        "model_unavailable",
        "failed",
        "",
        3,
    ),
    (
        "cut before the first word",
        {"reply": "one two three", "cut_after": 0},
        "model_unavailable",
        "failed",
        "",
        2,
    ),
    (
        "cut after two words",
        {"reply": "one two three", "cut_after": 2},
        "model_unavailable",
        "failed",
        "one two ",
        1,
    ),
]
IN_STREAM = {
    "internalServerException": ("model_unavailable", 1),
    "modelStreamErrorException": ("model_unavailable", 1),
    "serviceUnavailableException": ("model_unavailable", 1),
    "throttlingException": ("model_busy", 1),
    "validationException": ("internal", 1),
}
BEDROCK += [
    (
        f"{name} in mid-stream",
        {"reply": "one two three", "exception_after": 2, "exception": name},
        code,
        "failed",
        "one two ",
        calls,
    )
    for name, (code, calls) in IN_STREAM.items()
]


@pytest.fixture(scope="session")
def report():
    """Rows of the table, written when all are done."""
    rows = [
        "| fault | the person sees | retryable | stored | model calls |",
        "|---|---|---|---|---|",
    ]
    yield rows
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(rows) + "\n")


def stored(bench, token: str) -> list[dict]:
    (conversation,) = bench.conversations(token)
    return bench.messages(token, conversation["id"])


@pytest.mark.parametrize(
    ("fault", "script", "code", "status", "text", "calls"), BEDROCK, ids=[row[0] for row in BEDROCK]
)
def test_a_fault_of_bedrock_has_its_code_and_leaves_what_was_written(
    bench, token, model, report, fault, script, code, status, text, calls
):
    model.says(**script, message=SECRET, times=0)
    frames = bench.chat("c1", token, "Hello?", new_id())
    question, reply = stored(bench, token)
    last = frames[-1]
    report.append(
        f"| {fault} | `{last['code']}`: {last['detail']} | {last['retryable']} | "
        f"{reply['status']}, {reply['text']!r} | {model.calls} |"
    )
    assert (last["type"], last["code"]) == ("failed", code)
    assert last["retryable"] == (code not in ("model_disabled", "internal"))
    assert (question["text"], reply["status"], reply["text"]) == ("Hello?", status, text)
    assert model.calls == calls
    assert SECRET not in json.dumps(frames)
    used = bench.used(token)
    assert used == (1 if text else 0)


@pytest.mark.parametrize(
    ("fault", "first"),
    [
        ("throttled once", {"error": "ThrottlingException"}),
        ("unavailable once", {"error": "ServiceUnavailableException"}),
        ("timed out once", {"error": "ModelTimeoutException"}),
        ("cut once before the first word", {"reply": "never said", "cut_after": 0}),
        (
            "failed once in the stream before the first word",
            {"reply": "never said", "exception_after": 0},
        ),
    ],
)
def test_a_fault_that_passes_is_not_noticed(bench, token, model, report, fault, first):
    model.says(**first)
    model.says("Here I am.")
    frames = bench.chat("c1", token, "Hello?", new_id())
    report.append(
        f"| {fault} | the reply | | {stored(bench, token)[1]['status']}, "
        f"{stored(bench, token)[1]['text']!r} | {model.calls} |"
    )
    assert frames[-1]["message"]["status"] == "complete"
    assert stored(bench, token)[1]["text"] == "Here I am."
    assert model.calls == 2


def test_an_unknown_stop_reason_is_an_end(bench, token, model):
    model.says("Done.", stop_reason="something_new")
    assert bench.chat("c1", token, "Hi", new_id())[-1]["message"]["status"] == "complete"
    model.says("Too long", stop_reason="max_tokens")
    assert bench.chat("c1", token, "Hi", new_id())[-1]["message"]["status"] == "truncated"


def test_a_guardrail_that_steps_in_is_shown_as_such(bench, token, model):
    model.says("I cannot talk about that.", stop_reason="guardrail_intervened")
    finished = bench.chat("c1", token, "Hi", new_id())[-1]
    reply = stored(bench, token)[1]
    assert finished["message"] == reply
    assert (reply["text"], reply["guardrail"]) == ("I cannot talk about that.", True)


def test_a_guardrail_of_the_stack_goes_with_every_question(table, model, environment_of_function):
    settings = Settings.read(
        environment_of_function | {"GUARDRAIL_ID": "gr1", "GUARDRAIL_VERSION": "2"}
    )
    guarded = bedrock.BedrockModel(
        aws.bedrock(endpoint_url=model.url), settings.models[0], guardrail=settings.guardrail
    )
    model.says("Fine.")
    answer = guarded.answer(build_prompt("", [], "Hi"), max_tokens=5)
    assert "".join(event.get("text", "") for event in answer) == "Fine."
    assert model.asked[0]["guardrailConfig"] == {
        "guardrailIdentifier": "gr1",
        "guardrailVersion": "2",
        "streamProcessingMode": "sync",
    }


def test_every_error_of_converse_stream_has_a_code():
    operation = (
        botocore.session.get_session()
        .get_service_model("bedrock-runtime")
        .operation_model("ConverseStream")
    )
    before = {shape.name.lower() for shape in operation.error_shapes}
    within = {
        name.lower()
        for name, member in operation.output_shape.members["stream"].members.items()
        if member.metadata.get("exception")
    }
    assert before | within <= set(bedrock.ERRORS)
    assert len(within) >= 5


def test_every_busy_error_of_dynamodb_means_later():
    service = botocore.session.get_session().get_service_model("dynamodb")
    used = (
        "GetItem",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "Query",
        "BatchGetItem",
        "BatchWriteItem",
        "TransactWriteItems",
    )
    raised = {shape.name for name in used for shape in service.operation_model(name).error_shapes}
    # The store's own business, or a fault of the deploy that waiting does not mend.
    ours = {
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
        "IdempotentParameterMismatchException",
        "ItemCollectionSizeLimitExceededException",
        "ReplicatedWriteConflictException",
        "ResourceNotFoundException",
        "InternalServerError",
    }
    assert {name.removesuffix("Exception") for name in raised - ours} <= {
        name.removesuffix("Exception") for name in errors.BUSY
    }
    assert errors.translate(client_error("ThrottlingException")).code == "rate_limited"
    assert errors.translate(client_error("ResourceNotFoundException")).code == "internal"


@pytest.fixture
def broken_table(bench, table):
    """Lets the next write of one kind fail as DynamoDB would."""

    def fail(operation: str, code: str, key: str = "") -> None:
        def refuse(params, **_):
            if key not in str(params["body"]):
                return
            table.meta.client.meta.events.unregister(f"before-call.dynamodb.{operation}", refuse)
            raise ClientError({"Error": {"Code": code, "Message": SECRET}}, operation)

        table.meta.client.meta.events.register(f"before-call.dynamodb.{operation}", refuse)

    return fail


@pytest.mark.parametrize(
    ("operation", "code", "seen"),
    [
        ("UpdateItem", "ThrottlingException", "rate_limited"),
        ("PutItem", "ThrottlingException", "rate_limited"),
        ("BatchGetItem", "InternalServerError", "internal"),
        ("TransactWriteItems", "ProvisionedThroughputExceededException", "rate_limited"),
    ],
)
def test_a_fault_of_dynamodb_before_the_turn_has_its_code_and_stores_nothing(
    bench, token, model, report, broken_table, operation, code, seen
):
    broken_table(operation, code)
    frames = bench.chat("c1", token, "Hello?", new_id())
    report.append(
        f"| DynamoDB {code} at {operation} | `{seen}`: {frames[-1]['detail']} | "
        f"{frames[-1]['retryable']} | nothing | {model.calls} |"
    )
    assert [(frame["code"], frame["retryable"]) for frame in frames] == [(seen, True)]
    assert SECRET not in json.dumps(frames)
    assert model.calls == 0
    assert bench.conversations(token) == []
    assert bench.used(token) == 0
    model.says("Now.")
    assert bench.chat("c1", token, "Hello?", new_id())[-1]["message"]["status"] == "complete"


def test_a_chunk_that_cannot_be_saved_does_not_end_the_turn(
    bench, token, model, report, broken_table
):
    model.says(reply_tokens=300, pace=0.002)
    broken_table("PutItem", "ThrottlingException", "CHUNK#")
    frames = bench.chat("c1", token, "Hello?", new_id())
    report.append(
        f"| DynamoDB ThrottlingException at a chunk | the reply | | "
        f"{stored(bench, token)[1]['status']} | {model.calls} |"
    )
    assert frames[-1]["message"]["status"] == "complete"
    assert stored(bench, token)[1]["text"] == "".join(f"w{n} " for n in range(300))


def test_the_handler_is_never_the_place_that_says_what_went_wrong_inside(
    bench, token, table, monkeypatch
):
    monkeypatch.setattr(bench.app.http.store.switch, "read", lambda **_: 1 / 0)
    answer = bench.call("GET /me", token=token)
    assert (answer.status, answer.code, answer.body["detail"]) == (
        500,
        "internal",
        "Something went wrong.",
    )
    frames = bench.chat("c1", token, "Hello?", new_id())
    assert [(frame["code"], frame["detail"]) for frame in frames] == [
        ("internal", "Something went wrong.")
    ]


def test_every_error_has_its_code_its_status_and_its_sentence():
    def children(kind):
        return {
            kind,
            *(grandchild for child in kind.__subclasses__() for grandchild in children(child)),
        }

    kinds = {kind for kind in children(ChatError) if not kind.__subclasses__()}
    assert len({kind.code for kind in kinds}) == len(kinds) == 14
    assert {kind.status for kind in kinds} <= {400, 401, 404, 409, 413, 429, 500, 503, 504}
