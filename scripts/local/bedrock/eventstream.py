"""Encodes `application/vnd.amazon.eventstream` messages, the wire of Bedrock's ConverseStream.

A message is: total length, headers length, CRC32 of those eight bytes, headers, payload, CRC32 of
all before it; every number is big-endian. Only string headers exist here (type 7), as Bedrock sends
no others."""

import json
import struct
import zlib

STRING = 7


def encode(headers: dict[str, str], payload: bytes) -> bytes:
    head = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", 12 + len(head) + len(payload) + 4, len(head))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack("!I", zlib.crc32(message))


def event(kind: str, body: dict) -> bytes:
    return _message("event", {":event-type": kind}, body)


def exception(kind: str, message: str) -> bytes:
    """An error after the stream began, such as `modelStreamErrorException`; it is the last message
    of its stream."""
    return _message("exception", {":exception-type": kind}, {"message": message})


def _message(kind: str, headers: dict[str, str], body: dict) -> bytes:
    payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    common = {":content-type": "application/json", ":message-type": kind}
    return encode(headers | common, payload)


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack("!B", len(key)) + key + struct.pack("!BH", STRING, len(text)) + text
