"""UTF-8 that a program showed as Latin-1 or Windows-1252: undone where that loses nothing, else noticed."""

from __future__ import annotations

import re

__all__ = ["shows_damage", "unscrambled"]

#: Octets 80 to 9F as Windows shows them; it shows the five that are missing here as Latin-1 does.
_CP1252 = {ord(bytes([o]).decode("cp1252")): o for o in range(0x80, 0xA0) if o not in b"\x81\x8d\x8f\x90\x9d"}
#: Traces of UTF-8 read as Latin-1 of which octets were lost: a lead octet before a trailing one (no space
#: and no quotation mark, which also follow letters), a control character, lead octets alone that are no
#: letters of any language of Viet Nam. And what stands for a lost letter.
_TRACES = re.compile(
    r"[\u00c2-\u00ef][\u00a1-\u00bf\u0152\u0153\u0160\u0161\u017d\u017e\u0178\u0192\u02c6\u02dc\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
    r"|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]|[\u00c4-\u00c6]|[?\ufffd]"
)  # fmt: skip


def shows_damage(text: str) -> bool:
    """Whether letters of *text* were lost or changed in a manner that cannot be reversed, and show it."""
    return _TRACES.search(text) is not None


def unscrambled(text: str) -> str:
    """*text* read as the UTF-8 that it is in Latin-1 or Windows-1252; itself when it is not that.

    Two programs in a row may have done it; each round has fewer characters, so this ends.
    """
    while not text.isascii():
        try:
            text = text.translate(_CP1252).encode("latin-1").decode("utf-8")
        except UnicodeError:
            break
    return text
