"""What the model is given: bounded, alternating, beginning and ending with the person."""

from hypothesis import given
from hypothesis import strategies as st

from handler.models.bedrock import messages_of
from handler.models.catalog import ModelCard, card_for, worker_card
from handler.models.prompt import HISTORY_TOKENS, Prompt, build_prompt, estimate_tokens
from handler.values import Message

MISTRAL = card_for("mistral.mistral-7b-instruct-v0:2", "us-east-1")
NOVA = card_for("amazon.nova-micro-v1:0", "us-east-1")


def message(role: str, text: str) -> Message:
    return Message("id", "conversation", role, text, "complete", "2026-11-22T00:00:00.000Z")


def said(prompt: Prompt, card: ModelCard = MISTRAL) -> list[tuple[str, str]]:
    return [
        (entry["role"], entry["content"][0]["text"])
        for entry in messages_of(prompt, card)["messages"]
    ]


histories = st.lists(
    st.builds(message, st.sampled_from(["user", "assistant"]), st.text(max_size=4_000)), max_size=40
)


@given(histories, st.text(min_size=1).filter(str.strip), st.sampled_from(["", "You are kind."]))
def test_roles_alternate_from_a_user_to_the_newest_user_turn(history, text, persona):
    turns = said(build_prompt(persona, history, text))
    assert [role for role, _ in turns] == [("user", "assistant")[n % 2] for n in range(len(turns))]
    assert turns[-1][0] == "user"
    assert turns[-1][1].endswith(text)
    assert turns[0][1].startswith(persona)
    assert all(content.strip() for _, content in turns)


@given(histories, st.text(min_size=1, max_size=50).filter(str.strip))
def test_the_history_is_bounded(history, text):
    turns = said(build_prompt("", history, text))
    assert sum(
        estimate_tokens(content) for _, content in turns
    ) <= HISTORY_TOKENS + estimate_tokens(text) + len(turns)


def test_mistral_is_told_its_persona_in_the_first_user_turn():
    prompt = build_prompt(
        "You are kind.", [message("user", "One"), message("assistant", "Two")], "Three"
    )
    assert "system" not in messages_of(prompt, MISTRAL)
    assert said(prompt) == [
        ("user", "You are kind.\n\nOne"),
        ("assistant", "Two"),
        ("user", "Three"),
    ]


def test_a_failed_turn_leaves_no_two_neighbours_of_one_role():
    history = [message("user", "One"), message("assistant", ""), message("user", "One again")]
    assert said(build_prompt("", history, "Still there?")) == [
        ("user", "One\n\nOne again\n\nStill there?")
    ]


def test_a_model_that_takes_a_system_prompt_is_given_one():
    prompt = build_prompt("You are kind.", [], "Hello")
    assert messages_of(prompt, NOVA) == {
        "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
        "system": [{"text": "You are kind."}],
    }


def test_a_small_context_loses_the_oldest_exchanges_first_and_never_the_question():
    history = [
        message(role, f"{number} " + "word " * 200)
        for number in range(8)
        for role in ("user", "assistant")
    ]
    prompt = build_prompt("You are kind.", history, "And now?")
    fitted = prompt.fitted(worker_card(), 2_048)
    assert fitted.tokens() <= worker_card().context - 2_048 < prompt.tokens()
    assert fitted.turns == prompt.turns[-len(fitted.turns) :]
    assert fitted.turns[0][0] == "user"
    long = build_prompt("", [], "word " * 4_000)
    assert long.fitted(worker_card(), 2_048) == long
