"""Vietnamese text of before Unicode: TCVN3 (the fonts named .Vn…) and VNI (VNI-…), read as Windows-1252.

Both put Vietnamese letters in the place of others, so nothing is converted unasked: a caller who knows the
source names the encoding, and :func:`suspected_encoding` helps to find out. TCVN3 has hardly any capitals
with a tone: a font of capitals shows the small letters.
"""

from __future__ import annotations

import re
import unicodedata

from eid.vietnam.letters import split_tone

__all__ = ["from_tcvn3", "from_vni", "suspected_encoding"]

#: Characters A1 to FF (TCVN 5712:1993; VN3, with the capitals that VN2 adds).
_TCVN3 = dict(
    enumerate(
        "ĂÂÊÔƠƯĐăâêôơưđẰ\u0300"
        "\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮ"
        "ẦẨẪẤỀặầẩẫấậèỂẻẽé"
        "ẹềểễếệìỉỄẾỒĩíịòỔ"
        "ỏõóọồổỗốộờởỡớợùỖ"
        "ủũúụừửữứựỳỷỹýỵỐ",
        start=0xA1,
    )
)
_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT = "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"
_CIRCUMFLEX, _BREVE = "\u0302", "\u0306"
#: In VNI these stand behind their vowel, as large or small as it is.
_VNI_MARKS = {
    "ø": _GRAVE, "ù": _ACUTE, "û": _HOOK, "õ": _TILDE, "ï": _DOT,
    "â": _CIRCUMFLEX, "à": _CIRCUMFLEX + _GRAVE, "á": _CIRCUMFLEX + _ACUTE, "å": _CIRCUMFLEX + _HOOK,
    "ã": _CIRCUMFLEX + _TILDE, "ä": _CIRCUMFLEX + _DOT,
    "ê": _BREVE, "è": _BREVE + _GRAVE, "é": _BREVE + _ACUTE, "ú": _BREVE + _HOOK, "ü": _BREVE + _TILDE,
    "ë": _BREVE + _DOT,
}  # fmt: skip
#: And these are letters of their own; í and ì are what they seem.
_VNI_LETTERS = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI = re.compile(
    "([aeouyôö])([{}])|([{}])".format("".join(_VNI_MARKS), "".join(_VNI_LETTERS)), re.IGNORECASE
)
_SYLLABLE = re.compile(
    "(?:b|c|ch|d|đ|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x)?"
    "[aăâeêioôơuưy]{1,3}(?:c|ch|m|n|ng|nh|p|t)?"
)


def from_tcvn3(text: str) -> str:
    """*text* in Unicode, which was in TCVN3 and read as Windows-1252 or Latin-1.

    Of a font of capitals the letters with accents stay small; that is a difference of case.
    """
    return unicodedata.normalize("NFC", text.translate(_TCVN3))


def from_vni(text: str) -> str:
    """*text* in Unicode, which was in VNI for Windows and read as Windows-1252 or Latin-1."""
    return unicodedata.normalize("NFC", _VNI.sub(_vni_letter, unicodedata.normalize("NFC", text)))


def _vni_letter(match: re.Match[str]) -> str:
    vowel, mark, letter = match.groups()
    if letter:
        return _as_large(_VNI_LETTERS[letter.lower()], letter)
    return _as_large(_VNI_LETTERS.get(vowel.lower(), vowel), vowel) + _VNI_MARKS[mark.lower()]


def _as_large(letter: str, like: str) -> str:
    return letter.upper() if like.isupper() else letter


def suspected_encoding(text: str) -> str | None:
    """``tcvn3`` or ``vni`` when *text* has letters that are not Vietnamese and is Vietnamese in that one alone.

    A hint for who prepares data, no proof; many texts look like neither.
    """
    if _is_vietnamese(text):
        return None
    fitting = [
        name for name, read in (("tcvn3", from_tcvn3), ("vni", from_vni)) if _is_vietnamese(read(text))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _is_vietnamese(text: str) -> bool:
    """Whether every word has the form of a Vietnamese syllable."""
    words = [split_tone(word) for word in text.casefold().split()]
    return all(_SYLLABLE.fullmatch(letters) and len(tone) <= 1 for letters, tone in words)
