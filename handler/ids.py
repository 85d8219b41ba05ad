"""ULIDs: 128-bit ids that sort by time, as 26 characters of Crockford's base32
(github.com/ulid/spec)."""

import os
import re
import time
from typing import TypeGuard

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_id(now: float | None = None) -> str:
    """A ULID for the time `now` (epoch seconds; the current time by default)."""
    milliseconds = int((time.time() if now is None else now) * 1000)
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def time_of(ulid: str) -> float:
    """When a ULID was made, in epoch seconds."""
    milliseconds = 0
    for character in ulid[:10]:
        milliseconds = milliseconds << 5 | _ALPHABET.index(character)
    return milliseconds / 1000


def is_id(value: object) -> TypeGuard[str]:
    """Whether `value` is a ULID in its canonical upper-case form."""
    return isinstance(value, str) and _ULID.fullmatch(value) is not None


def id_after(value: str) -> str:
    """The least ULID after `value`; the empty string after the empty string."""
    head = value.rstrip("Z")
    if not head:
        return ""
    return head[:-1] + _ALPHABET[_ALPHABET.index(head[-1]) + 1] + "0" * (len(value) - len(head))
