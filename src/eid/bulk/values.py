"""One value, cleaned: what every kind of field has in common, and texts and names.

The clean value is the source's text in NFC with plain, single spaces; nothing is rewritten beyond that but
damage that reverses without loss. What was done is named.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

from eid.vietnam.legacy_encodings import from_tcvn3, from_vni, suspected_encoding
from eid.vietnam.letters import plain_spaces
from eid.vietnam.matching import NameSource, Reason, match_names
from eid.vietnam.mojibake import shows_damage, unscrambled
from eid.vietnam.names import MAX_NAME

__all__ = [
    "FORMULA_TEXT",
    "MAX_TEXT",
    "NOTHING",
    "Value",
    "clean_name",
    "clean_text",
    "no_value",
    "once",
    "text_problems",
    "tidied",
]

#: A text as a formula, so that a spreadsheet changes nothing of it.
FORMULA_TEXT = re.compile(r'=\s*"([^"]*)"')
#: Characters of a text that are cleaned; longer ones are kept in the source column alone.
MAX_TEXT = 4_000

_CONVERTERS = {NameSource.TCVN3: from_tcvn3, NameSource.VNI: from_vni}
#: Words of programs and people for nothing. *Na* and *Không* are names and are not among them.
_NO_VALUE = frozenset(
    {
        "null", "n/a", "nan", "none", "<na>", "nil", "-", "--", "---", ".", "_", "?", "không có", "khong co", "không rõ",
        "khong ro", "chưa có", "chua co", "chưa rõ",
    }
)  # fmt: skip
_SPREADSHEET_ERROR = re.compile(
    r"#(?:N/A|VALUE!|REF!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#+)", re.IGNORECASE
)
_FORMULA = re.compile(r"[=+@][^\s]|-[^\s\d-]")
_DIGIT = re.compile(r"\d")
_LETTERS = "A-Za-zÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ"
#: A name of the letters of Vietnamese and nothing else needs no further look, and nor does tidy text of these and ASCII.
_PLAIN_NAME = re.compile(f"[{_LETTERS}]+(?: [{_LETTERS}]+)*")
_TIDY = re.compile(f"[{_LETTERS}!-~]+(?: [{_LETTERS}!-~]+)*")
#: Two of these beside each other are the octets of one letter, shown as Latin-1.
_SCRAMBLED = re.compile("[\u00c2-\u00ef][^\x00-\x7f]")
_ASCII_SPACES = re.compile("[ \t\r\n\v\f]+")
_LOOK_ALIKE_D = re.compile("[ÐƉðɖ]")


@dataclass(frozen=True, slots=True, repr=False)
class Value:
    """A clean value. It is personal data and not shown.

    :param text: as it is written to the clean column; empty when there is none.
    :param notes: codes of what was done, in the order in which it was done.
    :param problems: codes of what is wrong.
    :param candidate: what it may have been. It is never taken for the value unasked.
    :param data: the value as an object, where there is one.
    """

    text: str
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    candidate: str | None = None
    data: object = None


NOTHING = Value("")


def no_value(text: str) -> Value | None:
    """What an empty field, a word for nothing or a spreadsheet's error is; ``None`` for anything else."""
    stripped = text.strip()
    if not stripped:
        return NOTHING
    if len(stripped) <= 10:
        if stripped.casefold() in _NO_VALUE:
            return Value("", ("no_value_word",))
        if stripped[0] == "#" and _SPREADSHEET_ERROR.fullmatch(stripped):
            return Value("", problems=("spreadsheet_error",))
    return None


def tidied(text: str, notes: list[str], *, legacy: NameSource | None = None) -> str:
    """*text* in NFC with plain, single spaces, its old encoding and reversible damage undone. Idempotent.

    :param notes: gets the codes of what was done.
    :param legacy: the old encoding that the caller says it is in.
    """
    if legacy is None and _TIDY.fullmatch(text):
        return text
    if legacy is not None and (converted := _CONVERTERS[legacy](text)) != text:
        text = converted
        notes.append("legacy_encoding")
    while True:
        before, damaged = text, False
        if not text.isascii():
            suspicious = _SCRAMBLED.search(text) is not None
            if suspicious and (repaired := unscrambled(text)) != text:
                text = repaired
                notes.append("mojibake_repaired")
            if (composed := unicodedata.normalize("NFC", text)) != text:
                text = composed
                notes.append("unicode_form")
            damaged = suspicious and shows_damage(text)
        # In damaged text a no-break space may be half of a letter.
        joined = " ".join(_ASCII_SPACES.split(text) if damaged else plain_spaces(text).split()).strip(" ")
        if joined != text:
            text = joined
            notes.append("whitespace")
        if text == before or text.isascii():  # once more: what is beside each other now may be octets
            return text


def clean_text(text: str, *, legacy: NameSource | None = None) -> Value:
    """Any text: Unicode form, spaces and reversible damage; line breaks stay no line breaks."""
    if (nothing := no_value(text)) is not None:
        return nothing
    if len(text) > MAX_TEXT:
        return Value("", problems=("too_long",))
    notes = list[str]()
    tidy = tidied(text, notes, legacy=legacy)
    return Value(tidy, once(notes), text_problems(tidy))


@functools.lru_cache(maxsize=16_384)
def clean_name(text: str, *, legacy: NameSource | None = None) -> Value:
    """A name. Case, tone placement, i and y, apostrophes, look-alikes stay as the source has them."""
    if (nothing := no_value(text)) is not None:
        return nothing
    if legacy is None and len(text) <= MAX_NAME and _PLAIN_NAME.fullmatch(text):
        return Value(text)
    if len(text) > MAX_NAME:
        return Value("", problems=("too_long",))
    notes = list[str]()
    tidy = tidied(text, notes, legacy=legacy)
    problems = list[str]()
    if not any(map(str.isalpha, tidy)):
        return Value("", once(notes), ("no_letters",))
    if _DIGIT.search(tidy):
        problems.append("digits_in_name")
    if _FORMULA.match(tidy):
        problems.append("formula_like")
    if _LOOK_ALIKE_D.search(tidy):
        notes.append("look_alike")
    if suspicion := _suspicion(tidy):
        problems.append(suspicion)
    return Value(tidy, once(notes), tuple(problems))


def _suspicion(name: str) -> str | None:
    """Lost letters, or an old encoding that nobody named."""
    if not name.isascii() and _of_windows(name) and (encoding := suspected_encoding(name)) is not None:
        return f"looks_like_{encoding}"
    if shows_damage(name) and len(name) <= MAX_NAME:
        # Its own judgement is finer: names of foreigners have letters that are traces of damage elsewhere.
        match = match_names(name, name, a_source=NameSource.TEXT, b_source=NameSource.TEXT)
        if Reason.DEGRADED_TEXT in match.reasons:
            return "degraded_text"
    return None


def _of_windows(text: str) -> bool:
    """Whether it can have come through Windows-1252, as both old encodings do; ế or đ cannot, Ñ can."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def text_problems(text: str) -> tuple[str, ...]:
    """Problems that any text may have."""
    problems = list[str]()
    if _FORMULA.match(text):
        problems.append("formula_like")
    if shows_damage(_ASCII_SPACES.sub(" ", text)):
        problems.append("degraded_text")
    return tuple(problems)


def once(codes: list[str]) -> tuple[str, ...]:
    """Each code once, in order."""
    return tuple(dict.fromkeys(codes))
