"""Text that is cut where a reader would cut it."""

import unicodedata

_JOINER = "\u200d"
_TITLE = 60


def whole(text: str) -> int:
    """How many characters of `text` can be shown while more may come: all but a last grapheme
    cluster that the rest could change.

    The next piece may bring a combining mark, a variation selector, a skin tone, a joiner or the
    second half of a flag (Unicode Standard Annex 29, rules GB9 to GB13), so the last cluster waits
    unless it ends in ASCII that nothing joins."""
    end = len(text)
    if end == 0 or (text[-1].isascii() and not text[-1].isalnum()):
        return end
    end -= 1
    while end > 0 and _joins(text[end - 1], text[end]):
        end -= 1
    return end


def _joins(before: str, character: str) -> bool:
    """Whether the character belongs to the one before it."""
    return (
        _JOINER in (before, character)
        or (_is_flag_half(before) and _is_flag_half(character))
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def title_of(text: str) -> str:
    """The first line of a conversation's first message, cut between words at 60 characters."""
    line = " ".join(text.strip().splitlines()[0].split())
    if len(line) <= _TITLE:
        return line
    cut = line[:_TITLE]
    cut = cut.rsplit(" ", 1)[0] if " " in cut else cut[: whole(cut)]
    return cut.rstrip(" ,.;:-") + "…"
