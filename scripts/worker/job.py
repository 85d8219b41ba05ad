"""A job as it stands in the queue."""

import json
from dataclasses import dataclass

from scripts.llm.ask import ModelRequest

TOP_P = 0.9  # Bedrock's default for Mistral, so that both backends write alike


class Malformed(Exception):
    """A message that is no job."""


@dataclass(frozen=True, slots=True)
class Job:
    """One take of a reply to be written; `expires_at` in epoch seconds."""

    id: str
    take: int
    expires_at: float
    ask: ModelRequest

    @classmethod
    def parse(cls, body: str) -> "Job":
        """The job in a message's body. Raises Malformed."""
        try:
            data = json.loads(body)
            messages = [
                {"role": _role(message["role"]), "content": _text(message["content"])}
                for message in data["messages"]
            ]
            ask = ModelRequest(messages, int(data["max_tokens"]), float(data["temperature"]), TOP_P)
            job = cls(_text(data["job"]), int(data["take"]), float(data["expires_at"]), ask)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Malformed(
                f"{type(error).__name__} in a message of {len(body)} characters"
            ) from error
        if not messages or ask.max_tokens < 1 or job.take < 1:
            raise Malformed("no messages, no tokens or no take")
        return job


def _role(value: object) -> str:
    if value not in ("user", "assistant"):
        raise ValueError("a role that no chat template has")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("text is missing")
    return value
