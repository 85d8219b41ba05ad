"""A model of a known slowness behind a running stack (`MODEL_URL`), with words that are numbered, so
that a missing one is seen."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.fake_openai import FakeOpenAi
from tests.support.local_stack import LocalStack


@contextmanager
def slow_model(stack: LocalStack) -> Iterator[FakeOpenAi]:
    """Answers in place of the stack's own model until the end of the block."""
    with FakeOpenAi() as model:
        stack.up(MODEL_URL=model.url)
        try:
            yield model
        finally:
            del stack.env["MODEL_URL"]
            stack.up()


def words(number: int) -> list[str]:
    return [f"w{n} " for n in range(number)]


def whole(number: int) -> str:
    return "".join(words(number))


def text_of(frames: list[tuple[float, dict]]) -> str:
    """What all deltas of a turn say."""
    return "".join(frame["text"] for _, frame in frames if frame["type"] == "delta")
