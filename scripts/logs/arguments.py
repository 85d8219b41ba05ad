"""What the log commands take from the command line: argparse types."""

import argparse
import re

from handler.errors import ChatError

_SPAN = re.compile(r"([1-9]\d{0,4})([mhd])")
_UNITS = {"m": 60, "h": 3600, "d": 86_400}
LONGEST = 90 * 86_400
# Request ids of API Gateway and of the emulator, and ULIDs. Other characters could change the
# filter pattern that an id goes into.
_ID = re.compile(r"[A-Za-z0-9_=-]{6,64}")


def span(text: str) -> int:
    """Seconds back from now, of a text such as 30m, 2h or 3d."""
    found = _SPAN.fullmatch(text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < seconds <= LONGEST:
        problem = f"{text!r} is no time back from now: write 30m, 2h or 3d, up to 90d"
        raise argparse.ArgumentTypeError(problem)
    return seconds


def code(text: str) -> str:
    """An error code of the contract."""
    known = sorted({ChatError.code, *(kind.code for kind in ChatError.__subclasses__())})
    if text not in known:
        raise argparse.ArgumentTypeError(f"{text!r} is no code: there are {', '.join(known)}")
    return text


def log_id(text: str) -> str:
    """The id of a request or of a reply."""
    if not text:
        where = "ID=… takes the id of a reply or of a request; make logs shows both"
        raise argparse.ArgumentTypeError(f"say which reply: {where}")
    if not _ID.fullmatch(text):
        problem = f"{text!r} is no id: make logs shows the ids of replies and requests"
        raise argparse.ArgumentTypeError(problem)
    return text
