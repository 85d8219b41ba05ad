"""File names out of words that anybody may have written: for every file system, and never a path."""

import re
import unicodedata

from handler.text import whole

# What Windows and macOS do not take, and what parts a path anywhere.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_RESERVED = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE
)
# Controls, halves of surrogates, private and unassigned characters, and what turns or hides text;
# joiners belong to a script.
_INVISIBLE, _JOINERS = {"Cc", "Cf", "Cn", "Co", "Cs"}, "\u200c\u200d"
# Bytes of UTF-8; a file system takes 255, an encrypted one 143.
_MOST = 100


def safe(text: str, otherwise: str) -> str:
    """`text` as one component of a path; `otherwise` if nothing of it is left."""
    text = unicodedata.normalize("NFC", text)
    shown = "".join(
        c if unicodedata.category(c) not in _INVISIBLE or c in _JOINERS else " " for c in text
    )
    name = " ".join(_FORBIDDEN.sub(" ", shown).split())
    name = _cut(name.strip(" .-~" + _JOINERS)).rstrip(" .")
    if not name:
        return otherwise
    return f"{name}_" if _RESERVED.fullmatch(name) else name


def _cut(name: str) -> str:
    """At most `_MOST` bytes, cut where a reader would."""
    if len(name.encode()) <= _MOST:
        return name
    cut = name.encode()[:_MOST].decode(errors="ignore")
    return cut[: whole(cut)] or cut
