import json

import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from scripts.local.bedrock import eventstream

HEADERS = st.dictionaries(
    st.text("abc:-", min_size=1, max_size=20), st.text(max_size=50), max_size=5
)


def decode(data: bytes):
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return [(message.headers, message.payload) for message in buffer]


@given(HEADERS, st.binary(max_size=2000))
def test_what_is_encoded_is_what_aws_decodes(headers, payload):
    assert decode(eventstream.encode(headers, payload)) == [(headers, payload)]


def test_an_event_carries_its_kind_and_body():
    [(headers, payload)] = decode(
        eventstream.event("contentBlockDelta", {"delta": {"text": "olá 👋"}})
    )
    assert headers == {
        ":event-type": "contentBlockDelta",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    assert json.loads(payload) == {"delta": {"text": "olá 👋"}}


def test_an_exception_carries_its_kind_and_message():
    [(headers, payload)] = decode(eventstream.exception("throttlingException", "slow down"))
    assert headers == {
        ":exception-type": "throttlingException",
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    assert json.loads(payload) == {"message": "slow down"}


def test_messages_are_told_apart_in_one_stream():
    stream = eventstream.event("a", {"n": 1}) + eventstream.event("b", {"n": 2})
    assert [headers[":event-type"] for headers, _ in decode(stream)] == ["a", "b"]


def test_a_changed_byte_is_noticed():
    data = bytearray(eventstream.event("a", {"n": 1}))
    data[-6] ^= 1
    with pytest.raises(ChecksumMismatch):
        decode(bytes(data))
