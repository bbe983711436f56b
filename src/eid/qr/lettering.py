"""Captions of printed labels: Helvetica, which every PDF reader has, and Vietnamese marks drawn onto it.

The fourteen fonts that need not be embedded (ISO 32000-1, 9.6.2.2) have no ế, ơ or đ. So the base letters
are written as text and the marks as strokes; the real text lies beneath, for searching and copying.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from eid.errors import QrSheetError

__all__ = ["FONT", "line", "width"]

#: The font object: the standard letters, and the i without its dot where WinAnsi has no letter.
FONT: Final = (
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding"
    b"<</Type/Encoding/BaseEncoding/WinAnsiEncoding/Differences[129/dotlessi]>>>>"
)
_DOTLESS_I: Final = "\x81"

#: Advance widths of Helvetica in thousandths of the type size, from space to tilde, and of a few more.
_ADVANCES: Final = dict(
    zip(
        map(chr, range(0x20, 0x7F)),
        (
            278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
            556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
            1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
            667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
            333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
            556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
        ),
        strict=True,
    )
) | {"–": 556, "—": 1000, "‘": 222, "’": 222, "“": 333, "”": 333, "…": 1000, "·": 278, "°": 400, _DOTLESS_I: 278}  # fmt: skip

_X_HEIGHT, _CAPITAL_HEIGHT = 523, 718
_STROKE, _DOT = 62, 115
#: Marks as paths around the middle of the letter, from its top on; thousandths of the type size.
_ABOVE: Final = {
    "\u0300": "-85 165 m 55 55 l S",  # grave
    "\u0301": "85 165 m -55 55 l S",  # acute
    "\u0302": "-120 55 m 0 150 l 120 55 l S",  # circumflex
    "\u0303": "-130 75 m -90 180 -50 150 0 115 c 50 80 90 50 130 155 c S",  # tilde
    "\u0306": "-120 150 m -100 30 100 30 120 150 c S",  # breve
    "\u0309": "-65 165 m -10 215 85 185 55 120 c 40 95 0 95 0 50 c S",  # hook
}
_HORN, _DOT_BELOW, _BAR = "\u031b", "\u0323", "\u0335"
_MARKS = {*_ABOVE, _HORN, _DOT_BELOW, _BAR}
#: How far the second of two marks stands above the first.
_SECOND = 165


def width(text: str) -> float:
    """The width of *text* in type sizes.

    :raises QrSheetError: a letter that cannot be written.
    """
    return sum(_ADVANCES[base] for base, _ in _letters(text)) / 1000


def line(text: str, x: float, y: float, size: float) -> bytes:
    """PDF operators that write *text* with its baseline beginning at *x* and *y*.

    :param size: type size, in the same unit as *x* and *y*.
    :raises QrSheetError: a letter that cannot be written.
    """
    letters = list(_letters(text))
    strokes: list[str] = []
    at = 0
    for base, marks in letters:
        strokes += _strokes(base, marks, at)
        at += _ADVANCES[base]
    shown = b"".join(_octet(base) for base, _ in letters)
    hidden = ("\ufeff" + text).encode("utf-16-be").hex()
    parts = [
        b"/Span<</ActualText<%s>>>BDC" % hidden.encode(),
        b"BT/F1 %.3f Tf %.3f %.3f Td(%s)Tj ET" % (size, x, y, shown),
        b"q %.6f 0 0 %.6f %.3f %.3f cm 0 G 1 J 1 j" % (size / 1000, size / 1000, x, y),
        *(stroke.encode() for stroke in strokes),
        b"Q EMC",
    ]
    return b"\n".join(parts)


def _letters(text: str) -> Iterator[tuple[str, str]]:
    """Each letter without its marks, and these."""
    clusters: list[list[str]] = []
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.combining(char) and clusters:
            clusters[-1][1] += char
        else:
            clusters.append([{"đ": "d", "Đ": "D"}.get(char, char), _BAR if char in "đĐ" else ""])
    for base, marks in clusters:
        if base not in _ADVANCES or base == _DOTLESS_I or not set(marks) <= _MARKS:
            raise QrSheetError("a letter that is neither English nor Vietnamese")
        yield (_DOTLESS_I if base == "i" and set(marks) & _ABOVE.keys() else base), marks


def _octet(base: str) -> bytes:
    if base == _DOTLESS_I:
        return b"\x81"
    return (b"\\" if base in "\\()" else b"") + base.encode("cp1252")


def _strokes(base: str, marks: str, at: int) -> Iterator[str]:
    """Paths of the *marks* of a letter that begins at *at*."""
    advance = _ADVANCES[base]
    top = _CAPITAL_HEIGHT if base.isupper() else _X_HEIGHT
    middle = at + advance // 2
    for mark in marks:
        if mark in _ABOVE:
            yield f"q {_STROKE} w 1 0 0 1 {middle} {top} cm {_ABOVE[mark]} Q"
            top += _SECOND
        elif mark == _HORN:
            yield f"q {_STROKE} w 1 0 0 1 {at + advance - 95} {top - 50} cm 0 0 m 95 0 130 60 120 140 c S Q"
        elif mark == _DOT_BELOW:
            aside = 170 if base == "y" else 0  # its tail is in the way
            yield f"q {_DOT} w {middle + aside} -145 m {middle + aside} -145 l S Q"
        elif base == "D":
            yield f"q {_STROKE} w {at - 5} 370 m {at + 330} 370 l S Q"
        else:
            yield f"q {_STROKE} w {at + 270} 610 m {at + 565} 610 l S Q"
