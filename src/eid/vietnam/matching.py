"""Two Vietnamese names beside each other: a class that can be explained, and no hidden score.

A match helps a person or a policy; it is no proof of identity, and date of birth, sex and number are
compared apart from it. Names are folded to be compared and never to be stored. Nothing is logged.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from eid.errors import InputError, LimitExceeded, Text
from eid.vietnam.legacy_encodings import from_tcvn3, from_vni
from eid.vietnam.mojibake import shows_damage, unscrambled
from eid.vietnam.name_forms import CANONICAL_STEPS, NameForms, Reason, Words, canonical, name_forms
from eid.vietnam.names import MAX_NAME, NAME_LINE
from eid.vietnam.spellings import letters_left

__all__ = ["Advice", "NameClass", "NameMatch", "NameSource", "Reason", "fold_name", "match_names"]


class NameSource(enum.StrEnum):
    """Where a name comes from. The two old encodings are read as such only when they are named here."""

    TEXT = "text"
    MRZ = "mrz"
    TCVN3 = "tcvn3"
    VNI = "vni"


class NameClass(enum.StrEnum):
    """How two names agree, from best to worst; the first that fits."""

    EXACT = "exact"
    CANONICAL = "canonical"
    ORTHOGRAPHIC = "orthographic"
    ACCENT_FOLDED = "accent_folded"
    TRUNCATED = "truncated"
    TOKEN_ORDER = "token_order"  # noqa: S105 - no secret
    PARTIAL = "partial"
    ACCENT_CONFLICT = "accent_conflict"
    NEAR = "near"
    DIFFERENT = "different"


class Advice(enum.StrEnum):
    """What to make of it. *Compatible* needs a second attribute; *review*, a person."""

    SAME = "same"
    COMPATIBLE = "compatible"
    REVIEW = "review"
    NOT_SAME = "not_same"


_CLASSES: Mapping[NameClass, tuple[Advice, Text]] = MappingProxyType(
    {
        NameClass.EXACT: (Advice.SAME, Text("The same characters.", "Giống nhau từng ký tự.")),
        NameClass.CANONICAL: (
            Advice.SAME,
            Text(
                "The same name, stored or typed in another way.",
                "Cùng một tên, chỉ khác cách lưu hoặc cách gõ.",
            ),
        ),
        NameClass.ORTHOGRAPHIC: (
            Advice.SAME,
            Text("The same name in another spelling.", "Cùng một tên, chỉ khác quy ước chính tả."),
        ),
        NameClass.ACCENT_FOLDED: (
            Advice.COMPATIBLE,
            Text(
                "The same letters, and one side has no accents: it may be the same name.",
                "Chữ cái giống nhau, một bên không có dấu: có thể là cùng một tên.",
            ),
        ),
        NameClass.TRUNCATED: (
            Advice.COMPATIBLE,
            Text(
                "The same as far as the machine readable line goes: it may be the same name.",
                "Khớp đến hết dòng MRZ: có thể là cùng một tên.",
            ),
        ),
        NameClass.TOKEN_ORDER: (
            Advice.REVIEW,
            Text("The same words in another order.", "Cùng các từ nhưng khác thứ tự."),
        ),
        NameClass.PARTIAL: (
            Advice.REVIEW,
            Text("One side lacks a word in the middle.", "Một bên thiếu từ ở giữa."),
        ),
        NameClass.ACCENT_CONFLICT: (
            Advice.NOT_SAME,
            Text(
                "The letters agree and the accents do not: two names, or a typing error.",
                "Chữ cái giống nhau nhưng khác dấu: hai tên khác nhau, hoặc lỗi gõ.",
            ),
        ),
        NameClass.NEAR: (
            Advice.NOT_SAME,
            Text(
                "Two names that differ in one letter: perhaps a typing error.",
                "Hai tên khác nhau một chữ cái: có thể là lỗi gõ.",
            ),
        ),
        NameClass.DIFFERENT: (Advice.NOT_SAME, Text("Two different names.", "Hai tên khác nhau.")),
    }
)
_DAMAGED = Text(
    "Letters were lost on the way; those that are left are alike.",
    "Một số chữ đã bị mất; phần còn lại giống nhau.",
)
_RANK = {each: place for place, each in enumerate(NameClass)}
_CANONICAL = frozenset(reason for reason, _ in CANONICAL_STEPS)
_ORDER = {each: place for place, each in enumerate(Reason)}


@dataclass(frozen=True, slots=True)
class NameMatch:
    """How two names agree. It holds neither of them.

    :param name_class: the class.
    :param reasons: the folding steps that were needed and what is different still; a set, in the order of
        :class:`Reason`.
    """

    name_class: NameClass
    reasons: tuple[Reason, ...] = ()

    @property
    def advice(self) -> Advice:
        """What to make of it. A damaged name that is still alike is for a person to look at."""
        return Advice.REVIEW if self._damaged else _CLASSES[self.name_class][0]

    @property
    def explanation(self) -> Text:
        """A sentence for people; without personal data."""
        return _DAMAGED if self._damaged else _CLASSES[self.name_class][1]

    @property
    def _damaged(self) -> bool:
        return self.name_class is NameClass.NEAR and Reason.DEGRADED_TEXT in self.reasons

    def to_json(self, *, language: str = "en") -> dict[str, object]:
        """The form of the command line; without personal data."""
        return {
            "class": self.name_class.value,
            "advice": self.advice.value,
            "reasons": [reason.value for reason in self.reasons],
            "explanation": self.explanation.in_language(language),
        }


def match_names(a: str, b: str, *, a_source: NameSource, b_source: NameSource) -> NameMatch:
    """Compare two names. Which of them comes first does not matter.

    :param a: a name, in the order in which it is written.
    :param a_source: ``MRZ`` for the name field of machine readable lines, with fillers or with spaces;
        ``TCVN3`` and ``VNI`` for text in these encodings that was read as Windows-1252.
    :raises InputError: a name without letters: what is missing agrees with nothing.
    :raises LimitExceeded: longer than :data:`eid.vietnam.names.MAX_NAME`.
    """
    one, other = _read(a, a_source), _read(b, b_source)
    found, reasons = _compare(one, other)
    if one.damaged or other.damaged:
        reasons.add(Reason.DEGRADED_TEXT)
        left = [letters_left(canonical(each.text)[0]) for each in (one, other)]
        if _RANK[found] < _RANK[NameClass.NEAR] or left[0] == left[1]:
            found = NameClass.NEAR
    return NameMatch(found, tuple(sorted(reasons, key=_ORDER.__getitem__)))


def fold_name(text: str) -> str:
    """*text* after Unicode form, spaces, look-alikes, case and reversible damage: for an index, not for storing.

    Two names of class ``canonical`` have the same one. Idempotent.

    :raises LimitExceeded: longer than :data:`eid.vietnam.names.MAX_NAME`.
    """
    return canonical(_limited(text))[0]


# --- reading ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class _Name:
    """A name as it was given, its encoding undone.

    :param used: positions of the line that it takes in an MRZ; 0 for other texts. A full line may be cut.
    """

    text: str
    used: int = 0
    converted: bool = False
    damaged: bool = False


def _read(text: str, source: NameSource) -> _Name:
    _limited(text)
    name, used = text, 0
    if source == NameSource.MRZ:
        name = " ".join(text.replace("<", " ").split()) if "<" in text else text
        # One position more than spaces: two fillers stand behind the surname.
        used = len(" ".join(name.split())) + 1
    elif source in _LEGACY:
        name = _LEGACY[source](text)
    elif source != NameSource.TEXT:
        raise InputError("an unknown source of a name")
    if not any(map(str.isalpha, canonical(name)[0])):
        raise InputError("a name without letters")
    readable = _FOREIGN.sub("A", unscrambled(name).translate(_LINE_ENDS))
    return _Name(name, used, converted=source in _LEGACY and name != text, damaged=shows_damage(readable))


_LEGACY: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {NameSource.TCVN3: from_tcvn3, NameSource.VNI: from_vni}
)
#: In a name they are no trace of a scanner, as they are in a printed code.
_LINE_ENDS = str.maketrans("\t\r\n", "   ")


#: Nor are these, at the beginning of a word or among capitals: foreigners have names, too.
_FOREIGN = re.compile(r"\b[ÄÅÆ]|[ÄÅÆ](?![a-z\u00e0-\u00ff])")


def _limited(text: str) -> str:
    if len(text) > MAX_NAME:
        raise LimitExceeded(f"a name of more than {MAX_NAME} characters")
    return text


# --- comparing -------------------------------------------------------------------------------------


def _compare(one: _Name, other: _Name) -> tuple[NameClass, set[Reason]]:
    converted = {Reason.LEGACY_ENCODING} if one.converted or other.converted else set[Reason]()
    if one.text == other.text:
        return (NameClass.CANONICAL if converted else NameClass.EXACT), converted
    forms = name_forms(one.text), name_forms(other.text)
    found, reasons = _classify(one, other, forms)
    if found is NameClass.DIFFERENT:
        return found, set()
    steps = forms[0].touched | forms[1].touched
    if found is NameClass.CANONICAL:
        steps &= _CANONICAL
    elif Reason.NO_DIACRITICS in reasons:
        steps -= {Reason.TONE_PLACEMENT}  # without accents there is none
    for step in steps:
        # What changed one side alone was in the way. What changed both may not have been: try without.
        one_sided = (step in forms[0].touched) != (step in forms[1].touched)
        if (one_sided and step in _CANONICAL) or found is not _without(step, one, other):
            reasons.add(step)
    return found, reasons | converted


def _without(step: Reason, one: _Name, other: _Name) -> NameClass:
    forms = name_forms(one.text, skip=step), name_forms(other.text, skip=step)
    return _classify(one, other, forms)[0]


def _classify(one: _Name, other: _Name, forms: tuple[NameForms, NameForms]) -> tuple[NameClass, set[Reason]]:
    left, right = forms
    if left.canonical == right.canonical:
        return NameClass.CANONICAL, set()
    if left.words & right.words:
        return NameClass.ORTHOGRAPHIC, set()
    alike = bool(left.bare & right.bare)
    # Only then may accents have been lost; a word without any in an accented name is a word of its own.
    lost = left.accented != right.accented
    if alike and lost:
        return NameClass.ACCENT_FOLDED, {Reason.NO_DIACRITICS}
    pairs = list(product(left.bare, right.bare) if lost else product(left.words, right.words))
    for name_class, reason, holds in (
        (NameClass.TRUNCATED, Reason.TRUNCATED, _cut(one.used, other.used)),
        (NameClass.TOKEN_ORDER, Reason.TOKEN_ORDER, _reordered),
        (NameClass.PARTIAL, Reason.MISSING_TOKEN, _shortened),
    ):
        if any(holds(*pair) for pair in pairs):
            return name_class, {reason, Reason.NO_DIACRITICS} if lost else {reason}
    if alike:
        return NameClass.ACCENT_CONFLICT, set()
    # A letter with its tone, as somebody typed it, or a letter whose tone may stand anywhere.
    typed = [] if lost else product(left.placed, right.placed)
    if any(_one_edit(*pair) for pair in (*pairs, *typed)):
        reasons = {Reason.EDIT_DISTANCE_1}
        return NameClass.NEAR, reasons | {Reason.NO_DIACRITICS} if lost else reasons
    return NameClass.DIFFERENT, set()


def _cut(left_used: int, right_used: int) -> Callable[[Words, Words], bool]:
    """Whether the side that fills its line is the beginning of the other."""

    def begins(part: Words, used: int, whole: Words) -> bool:
        # With one position left it is full, too, where a word ends: a filler and no further letter fit.
        end = " " if used == NAME_LINE - 1 else ""
        return used >= NAME_LINE - 1 and " ".join(whole).startswith(" ".join(part) + end)

    return lambda left, right: begins(left, left_used, right) or begins(right, right_used, left)


def _reordered(left: Words, right: Words) -> bool:
    return len(left) == len(right) and sorted(left) == sorted(right)


def _shortened(left: Words, right: Words) -> bool:
    """Whether words in the middle of one side are all that the other lacks."""
    short, long = sorted((left, right), key=len)
    if not 2 <= len(short) < len(long) or (short[0], short[-1]) != (long[0], long[-1]):
        return False
    rest = iter(long[1:-1])
    return all(word in rest for word in short[1:-1])


def _one_edit(left: Words, right: Words) -> bool:
    """Whether one letter of one word was added, left out or replaced. Spaces are no letters."""
    if len(left) != len(right):
        return False
    unlike = [pair for pair in zip(left, right, strict=True) if pair[0] != pair[1]]
    if len(unlike) != 1:
        return False
    short, long = sorted(unlike[0], key=len)
    at = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if any(map(unicodedata.combining, short[at : at + 1] + long[at])):
        return False  # the tone behind a word is no letter of it
    if len(short) == len(long):
        return short[at + 1 :] == long[at + 1 :]
    return short[at:] == long[at + 1 :]
