"""The unmodified `openai` package works with an invite token as its key; its calls are metered and
paid like any other."""

import openai
import pytest

from tests.support.http_front import served

MODEL = "mistral.mistral-7b-instruct-v0:2"


@pytest.fixture
def client(bench, token):
    with (
        served(bench.app) as url,
        openai.OpenAI(base_url=f"{url}/v1", api_key=token, max_retries=0) as client,
    ):
        yield client


def test_the_one_model_is_listed(client):
    assert [model.id for model in client.models.list()] == [MODEL]


def test_a_completion_is_answered_counted_and_paid(client, bench, token, model):
    model.says("Paris.")
    asked = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Capital of France?"},
    ]
    answer = client.chat.completions.create(
        model=MODEL, messages=asked, max_tokens=20, temperature=1.5
    )
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == (
        "Paris.",
        "stop",
    )
    assert (
        answer.usage.prompt_tokens,
        answer.usage.completion_tokens,
        answer.usage.total_tokens,
    ) == (10, 1, 11)
    assert model.asked[0]["messages"] == [
        {"role": "user", "content": [{"text": "Be brief.\n\nCapital of France?"}]}
    ]
    assert model.asked[0]["inferenceConfig"] == {"maxTokens": 20, "temperature": 1.0}
    me = bench.call("GET /me", token=token).body
    assert me["quota"]["used"] == 1
    assert me["spend"]["usd"] > 0
    assert bench.conversations(token) == []


def test_a_completion_can_be_read_as_a_stream(client, model):
    model.says("Um, dois, três 🇧🇷.", stop_reason="max_tokens")
    asked = [{"role": "user", "content": [{"type": "text", "text": "Conte"}]}]
    stream = client.chat.completions.create(
        model=MODEL, messages=asked, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said == "Um, dois, três 🇧🇷."
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "length"
    assert chunks[-1].usage.total_tokens == 14


def test_a_multi_turn_conversation_keeps_its_roles(client, model):
    model.says("Yes.")
    asked = [("user", "One"), ("assistant", "Two"), ("user", "Three"), ("user", "Four")]
    client.chat.completions.create(
        model=MODEL, messages=[{"role": role, "content": text} for role, text in asked]
    )
    sent = [(entry["role"], entry["content"][0]["text"]) for entry in model.asked[0]["messages"]]
    assert sent == [("user", "One"), ("assistant", "Two"), ("user", "Three\n\nFour")]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"model": "gpt-4o"}, openai.NotFoundError),
        ({"messages": []}, openai.BadRequestError),
        ({"messages": [{"role": "assistant", "content": "Hi"}]}, openai.BadRequestError),
        ({"messages": [{"role": "tool", "content": "Hi"}]}, openai.BadRequestError),
        ({"n": 2}, openai.BadRequestError),
        ({"max_tokens": 0}, openai.BadRequestError),
        ({"temperature": 9}, openai.BadRequestError),
        ({"messages": [{"role": "user", "content": "x" * 16_000}] * 6}, openai.APIStatusError),
    ],
)
def test_a_refusal_is_the_packages_own_exception(client, bench, token, model, change, error):
    with pytest.raises(error) as refused:
        client.chat.completions.create(
            **{"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]} | change
        )
    assert refused.value.body["code"] in {"not_found", "invalid_request", "too_large"}
    assert model.calls == 0
    assert bench.used(token) == 0


def test_a_wrong_key_an_empty_quota_and_a_busy_model_have_their_exceptions(bench, invite, model):
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    with served(bench.app) as url:
        with (
            openai.OpenAI(base_url=f"{url}/v1", api_key="nobody", max_retries=0) as stranger,
            pytest.raises(openai.AuthenticationError),
        ):
            stranger.chat.completions.create(**asked)
        with openai.OpenAI(
            base_url=f"{url}/v1", api_key=invite("zoe", daily_limit=1), max_retries=0
        ) as zoe:
            model.says(error="ThrottlingException")
            with pytest.raises(openai.InternalServerError) as busy:
                zoe.chat.completions.create(**asked)
            assert busy.value.body["code"] == "model_busy"
            model.says("Now.")
            assert zoe.chat.completions.create(**asked).choices[0].message.content == "Now."
            with pytest.raises(openai.RateLimitError):
                zoe.chat.completions.create(**asked)
