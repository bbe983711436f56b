"""Letters of Vietnamese and its neighbours in the highlands: accents, tones, look-alikes.

Folding is for comparing, never for storing.
"""

from __future__ import annotations

import string
import unicodedata

__all__ = ["join_look_alikes", "plain_spaces", "split_tone", "without_accents"]

_LOOK_ALIKES = str.maketrans(
    {"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ", "‘": "'", "’": "'", "ʼ": "'", "‐": "-", "‑": "-"}
)
#: NFD takes no stroke apart. Ƀ is a letter of the Ê Đê and their neighbours.
_STROKES = {"Đ": "D", "đ": "d", "Ƀ": "B", "ƀ": "b"}
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_VOWELS = frozenset("aeiouyAEIOUY")
#: Spaces other than the plain one; then what has no width or only directs the writing.
_SPACES: dict[int, str | None] = dict.fromkeys(
    [0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "
)
_NO_WIDTH: dict[int, str | None] = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0x180E]
)
_SPECIAL = {**_SPACES, **_NO_WIDTH}
#: The letters in question with one code point: quick answers for what nearly every text is made of.
_COMPOSED = [chr(point) for point in (*range(0x00C0, 0x0250), *range(0x1E00, 0x1F00))]
_BARE = str.maketrans(
    {
        each: "".join(c for c in unicodedata.normalize("NFD", each) if not unicodedata.combining(c))
        for each in _COMPOSED
    }
    | _STROKES
)
_QUICK = frozenset(string.ascii_letters).union(_COMPOSED)
_TONED = {}
for _each in _COMPOSED:
    _decomposed = unicodedata.normalize("NFD", _each)
    _base, _marks = _decomposed[0], _decomposed[1:]
    if _base in _VOWELS and _TONES & set(_marks):
        _letter = _base + "".join(mark for mark in _marks if mark not in _TONES)
        _TONED[_each] = unicodedata.normalize("NFC", _letter), "".join(m for m in _marks if m in _TONES)


def join_look_alikes(text: str) -> str:
    """*text* with Eth and African D as Đ, all apostrophes as ``'`` and all hyphens as ``-``."""
    return text if text.isascii() else text.translate(_LOOK_ALIKES)


def plain_spaces(text: str) -> str:
    """*text* with every space a plain one, and without characters that have no width."""
    return text if text.isascii() else text.translate(_SPECIAL)


def without_accents(text: str) -> str:
    """*text* without any accent; Đ becomes D."""
    if text.isascii() or (text := text.translate(_BARE)).isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(mark for mark in decomposed if unicodedata.category(mark) != "Mn")


def split_tone(word: str) -> tuple[str, str]:
    """The letters of *word* with their quality marks, and its tone: *hoà* and *hòa* are both *hoa*, grave.

    :returns: letters in NFC, and the tone as combining marks. The tilde of Ñ is no tone and stays.
    """
    if word.isascii():
        return word, ""
    if _QUICK.issuperset(word):
        known = [_TONED.get(letter) or (letter, "") for letter in word]
        return "".join(letter for letter, _ in known), "".join(tone for _, tone in known)
    letters, tones, base = list[str](), list[str](), ""
    for mark in unicodedata.normalize("NFD", word):
        if mark in _TONES and base in _VOWELS:
            tones.append(mark)
            continue
        letters.append(mark)
        if not unicodedata.combining(mark):
            base = mark
    return unicodedata.normalize("NFC", "".join(letters)), "".join(tones)
