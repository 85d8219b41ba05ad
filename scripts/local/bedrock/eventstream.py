"""Encodes `application/vnd.amazon.eventstream` messages, the wire of Bedrock's ConverseStream.

A message is: total length, headers length, CRC32 of those eight bytes, headers, payload, CRC32 of
all before it; every number is big-endian. Only string headers exist here (type 7), as Bedrock sends
no others."""

import json
import struct
import zlib

STRING = 7


def encode(headers: dict[str, str], payload: bytes) -> bytes:
    """One whole message."""
    head = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", 12 + len(head) + len(payload) + 4, len(head))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack("!I", zlib.crc32(message))


def event(kind: str, body: dict) -> bytes:
    """An event such as `contentBlockDelta`."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return encode(headers, _json(body))


def exception(kind: str, message: str) -> bytes:
    """An error after the stream began, such as `modelStreamErrorException`; it is the last message
    of its stream."""
    headers = {
        ":exception-type": kind,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return encode(headers, _json({"message": message}))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack("!B", len(key)) + key + struct.pack("!BH", STRING, len(text)) + text


def _json(body: dict) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
