"""What the log commands take from the command line."""

import argparse
import re

from handler.errors import ChatError

_SPAN = re.compile(r"([1-9]\d{0,4})([mhd])")
_UNITS = {"m": 60, "h": 3600, "d": 86_400}
LONGEST = 90 * 86_400
# API Gateway's request ids and the emulator's, and ULIDs. Whatever else goes into a filter pattern
# could change it.
_ID = re.compile(r"[A-Za-z0-9_=-]{6,64}")


def span(text: str) -> int:
    """An argparse type: a time back from now, such as 30m, 2h or 3d, in seconds."""
    found = _SPAN.fullmatch(text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < seconds <= LONGEST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time back from now: write 30m, 2h or 3d, up to 90d"
        )
    return seconds


def code(text: str) -> str:
    """An argparse type: an error code of the contract."""
    if text not in (known := codes()):
        raise argparse.ArgumentTypeError(f"{text!r} is no code: there are {', '.join(known)}")
    return text


def codes() -> list[str]:
    """All codes of the contract, sorted."""
    return sorted({ChatError.code, *(kind.code for kind in ChatError.__subclasses__())})


def log_id(text: str) -> str:
    """An argparse type: the id of a request or of a reply."""
    if not text:
        raise argparse.ArgumentTypeError(
            "say which reply: ID=… takes the id of a reply or of a request; make logs shows both"
        )
    if not _ID.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no id: make logs shows the ids of replies and requests"
        )
    return text
