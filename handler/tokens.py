"""Invite tokens: 256 random bits, of which the stack keeps only a hash."""

import hashlib
import re
import secrets
from typing import TypeGuard

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """32 random bytes in base64url, 43 characters."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """SHA-256 in hex. Unsalted on purpose: 256 random bits cannot be guessed, and the hash is the
    table's key."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(value: object) -> TypeGuard[str]:
    """Whether `value` has a token's form; everything else is refused without a read."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None
