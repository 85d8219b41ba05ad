"""The local Bedrock runtime, over the real wire: boto3 in front, an OpenAI-compatible server
behind."""

import json
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from urllib3.exceptions import ProtocolError

from scripts.llm.client import ChatClient
from tests.support.fake_openai import FakeOpenAi, Script
from tests.support.scripted_bedrock import ScriptedServer
from tests.support.waiting import until

MISTRAL, NOVA = "mistral.mistral-7b-instruct-v0:2", "us.amazon.nova-micro-v1:0"
HELLO = [{"role": "user", "content": [{"text": "hello"}]}]


def serve(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    return thread


@pytest.fixture
def openai():
    with FakeOpenAi(Script(words=["Hel", "lo", "!"])) as server:
        yield server


@pytest.fixture
def runtime(openai):
    client = ChatClient(openai.url)
    server = ScriptedServer(0, lambda: client)
    thread = serve(server)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bedrock(runtime):
    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{runtime.server_port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}, read_timeout=120),
    )
    with closing(client):
        yield client


def events(bedrock, **more):
    request = {"modelId": MISTRAL, "messages": HELLO, **more}
    with closing(bedrock.converse_stream(**request)["stream"]) as stream:
        return list(stream)


def text(found):
    return "".join(
        event["contentBlockDelta"]["delta"]["text"]
        for event in found
        if "contentBlockDelta" in event
    )


def call(runtime, path, body=None, method="GET"):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{runtime.server_port}{path}", data, method=method
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def script(runtime, *faults):
    call(runtime, "/_faults", list(faults), "POST")


def code_of(raised):
    return raised.value.response["Error"]["Code"]


def test_a_reply_streams_in_bedrocks_order(bedrock):
    found = events(bedrock)
    latency = found[-1]["metadata"]["metrics"].pop("latencyMs")
    assert latency >= 0
    assert found == [
        {"messageStart": {"role": "assistant"}},
        *(
            {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": word}}}
            for word in ("Hel", "lo", "!")
        ),
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
        {
            "metadata": {
                "usage": {"inputTokens": 7, "outputTokens": 3, "totalTokens": 10},
                "metrics": {},
            }
        },
    ]


def test_each_token_is_sent_as_soon_as_it_comes(bedrock, openai):
    script = openai.script = Script(words=["a", "b", "c"], pace=600)
    with closing(bedrock.converse_stream(modelId=MISTRAL, messages=HELLO)["stream"]) as stream:
        words = (event for event in stream if "contentBlockDelta" in event)
        first = next(words)
        script.go_on()
        assert text([first, *words]) == "abc"


def test_the_model_is_asked_with_what_was_given(bedrock, openai):
    events(bedrock, inferenceConfig={"maxTokens": 9, "temperature": 0.2, "topP": 0.5})
    wanted = {
        "messages": [{"role": "user", "content": "hello"}],
        "max_tokens": 9,
        "temperature": 0.2,
        "top_p": 0.5,
    }
    assert wanted.items() <= openai.asked[-1].items()


def test_without_max_tokens_the_models_own_limit_holds(bedrock, openai):
    events(bedrock)
    assert openai.asked[-1]["max_tokens"] == 4096


def test_a_reply_that_reaches_max_tokens_says_so(bedrock, openai):
    openai.script = Script(finish="length")
    assert {"messageStop": {"stopReason": "max_tokens"}} in events(bedrock)


def test_a_client_that_leaves_ends_the_generation(bedrock, runtime, openai):
    openai.script = Script(words=["word "] * 400, pace=0.02)
    stream = bedrock.converse_stream(modelId=MISTRAL, messages=HELLO)["stream"]
    next(iter(stream))
    stream.close()
    until(lambda: openai.gone == 1, "the model is left, too", 6)
    assert openai.said < 300
    until(lambda: not call(runtime, "/_calls")["running"], "no call is running")
    counts = call(runtime, "/_calls")
    assert (counts["calls"], counts["running"], counts["cancelled"]) == (1, 0, 1)


USER, ASSISTANT = HELLO[0], {"role": "assistant", "content": [{"text": "hi"}]}


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"system": [{"text": "be kind"}]}, "doesn't support system messages"),
        ({"messages": [ASSISTANT]}, "start with a user message"),
        ({"messages": [USER, USER]}, "alternate"),
        ({"messages": [USER, ASSISTANT]}, "end with a user message"),
        ({"messages": []}, "at least one message"),
        ({"messages": [{"role": "user", "content": [{"text": " \n"}]}]}, "is blank"),
        ({"messages": [{"role": "user", "content": []}]}, "is empty"),
        ({"inferenceConfig": {"maxTokens": 4097}}, "model limit of 4096"),
        (
            {"inferenceConfig": {"maxTokens": 5001}, "modelId": NOVA},
            "model limit of 5000",
        ),
        ({"inferenceConfig": {"temperature": 1.1}}, "temperature must be between 0 and 1"),
        ({"inferenceConfig": {"topP": 1.1}}, "topP must be between 0 and 1"),
        ({"inferenceConfig": {"stopSequences": ["END"]}}, "neither tools nor stop sequences"),
        ({"modelId": "mistral.none"}, "model identifier is invalid"),
        ({"modelId": "nonsense"}, "model identifier is invalid"),
    ],
)
def test_what_bedrock_refuses_is_refused(bedrock, openai, request_, says):
    with pytest.raises(ClientError, match=says) as raised:
        bedrock.converse_stream(**{"modelId": MISTRAL, "messages": HELLO, **request_})
    assert code_of(raised) == "ValidationException"
    assert openai.asked == []


def test_a_model_that_takes_a_system_message_is_given_it(bedrock, openai):
    events(bedrock, modelId=NOVA, system=[{"text": "be kind"}])
    assert openai.asked[-1]["messages"] == [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "hello"},
    ]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (500, b"", "ServiceUnavailableException"),
        (401, b"", "ServiceUnavailableException"),
        (429, b"", "ThrottlingException"),
        (400, b'{"error":{"type":"exceed_context_size_error"}}', "ValidationException"),
    ],
)
def test_a_model_server_that_refuses_is_told_in_bedrocks_words(bedrock, openai, status, body, code):
    openai.script = Script(status=status, refusal=body)
    with pytest.raises(ClientError) as raised:
        bedrock.converse_stream(modelId=MISTRAL, messages=HELLO)
    assert code_of(raised) == code


def test_a_model_server_that_is_down_is_never_answered_for(bedrock, runtime):
    runtime.client = lambda: ChatClient("http://127.0.0.1:9")
    with pytest.raises(ClientError) as raised:
        bedrock.converse_stream(modelId=MISTRAL, messages=HELLO)
    assert code_of(raised) == "ServiceUnavailableException"


def test_a_model_server_that_breaks_off_ends_the_stream_with_an_exception(bedrock, openai):
    openai.script = Script(cut_after=3)
    with pytest.raises(EventStreamError, match="serviceUnavailableException"):
        events(bedrock)


def test_a_model_that_still_loads_is_not_ready(bedrock, runtime):
    runtime.client = lambda: None
    with pytest.raises(ClientError) as raised:
        bedrock.converse_stream(modelId=MISTRAL, messages=HELLO)
    assert code_of(raised) == "ModelNotReadyException"


def test_health_tells_ready_from_loading(runtime):
    assert call(runtime, "/health") == {"status": "ready"}
    runtime.client = lambda: None
    with pytest.raises(urllib.error.HTTPError) as raised:
        call(runtime, "/health")
    with closing(raised.value) as answer:
        assert (answer.status, json.load(answer)) == (503, {"status": "loading"})


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingException",
        "AccessDeniedException",
        "ModelTimeoutException",
        "ResourceNotFoundException",
    ],
)
def test_a_scripted_error_answers_one_call(bedrock, runtime, code):
    script(runtime, {"error": code})
    with pytest.raises(ClientError) as raised:
        bedrock.converse_stream(modelId=MISTRAL, messages=HELLO)
    assert code_of(raised) == code
    assert text(events(bedrock)) == "Hello!"


def test_a_scripted_cut_breaks_the_connection_after_n_deltas(bedrock, runtime):
    script(runtime, {"reply_tokens": 10, "cut_after": 3})
    said = []
    with (
        pytest.raises(ProtocolError),
        closing(bedrock.converse_stream(modelId=MISTRAL, messages=HELLO)["stream"]) as stream,
    ):
        said.extend(stream)
    assert text(said) == "w0 w1 w2 "


def test_a_scripted_exception_ends_the_stream_after_n_deltas(bedrock, runtime):
    script(runtime, {"exception_after": 2, "exception": "throttlingException"})
    said = []
    with (
        pytest.raises(EventStreamError, match="throttlingException"),
        closing(bedrock.converse_stream(modelId=MISTRAL, messages=HELLO)["stream"]) as stream,
    ):
        said.extend(stream)
    assert text(said) == "Hello"


def test_a_scripted_delay_and_pace_slow_the_reply(bedrock, runtime):
    script(runtime, {"reply": "a b c", "delay": 0.2, "pace": 0.1})
    started = time.monotonic()
    assert text(events(bedrock)) == "a b c"
    assert time.monotonic() - started >= 0.4


def test_a_fault_lasts_as_often_as_it_says(bedrock, runtime):
    script(runtime, {"reply": "scripted", "times": 2})
    assert [text(events(bedrock)) for _ in range(3)] == ["scripted", "scripted", "Hello!"]


def test_calls_are_counted_with_their_requests(bedrock, runtime):
    events(bedrock)
    counts = call(runtime, "/_calls")
    assert counts["calls"] == 1
    assert counts["recent"] == [{"model": MISTRAL, "body": {"messages": HELLO}}]
    assert call(runtime, "/_faults", method="DELETE") == {"queued": 0}
    assert call(runtime, "/_calls")["calls"] == 0


@pytest.mark.parametrize(
    "fault", [{"errors": 1}, {"error": "Nope"}, {"exception": "nope"}, "throttle"]
)
def test_an_unknown_fault_is_refused(runtime, fault):
    with pytest.raises(urllib.error.HTTPError) as raised:
        script(runtime, fault)
    with closing(raised.value):
        assert raised.value.code == 400


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://h:1", "/v1/chat/completions"),
        ("http://h:1/v1/", "/v1/chat/completions"),
        ("http://h:1/api/v3", "/api/v3/chat/completions"),
        ("http://h:1/v1/chat/completions", "/v1/chat/completions"),
    ],
)
def test_a_model_url_is_taken_with_or_without_its_path(url, path):
    assert ChatClient(url).path("/chat/completions") == path
