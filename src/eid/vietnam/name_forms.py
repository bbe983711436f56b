"""The forms of a name that are compared with those of another: see :mod:`eid.vietnam.matching`.

Each folding step has a name and can be left out, so that a comparison can tell which steps it needed.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from eid.vietnam.letters import join_look_alikes, plain_spaces, split_tone, without_accents
from eid.vietnam.mojibake import unscrambled

__all__ = ["CANONICAL_STEPS", "NameForms", "Reason", "Words", "canonical", "name_forms"]

#: The words of a name, folded.
Words = tuple[str, ...]


class Reason(enum.StrEnum):
    """What stood between two names: the folding steps that were needed, then what is still different."""

    LEGACY_ENCODING = "legacy_encoding"
    MOJIBAKE_REPAIRED = "mojibake_repaired"
    UNICODE_FORM = "unicode_form"
    WHITESPACE = "whitespace"
    LOOK_ALIKE = "look_alike"
    CASE = "case"
    TONE_PLACEMENT = "tone_placement"
    IY_VARIANT = "iy_variant"
    PUNCTUATION = "punctuation"
    NO_DIACRITICS = "no_diacritics"
    TRUNCATED = "truncated"
    TOKEN_ORDER = "token_order"  # noqa: S105 - no secret
    MISSING_TOKEN = "missing_token"  # noqa: S105 - no secret
    EDIT_DISTANCE_1 = "edit_distance_1"
    DEGRADED_TEXT = "degraded_text"


#: The steps to the canonical form, in their order.
CANONICAL_STEPS: tuple[tuple[Reason, Callable[[str], str]], ...] = (
    (Reason.MOJIBAKE_REPAIRED, unscrambled),
    (Reason.UNICODE_FORM, lambda text: unicodedata.normalize("NFC", text)),
    (Reason.WHITESPACE, lambda text: " ".join(plain_spaces(text).split())),
    (Reason.LOOK_ALIKE, join_look_alikes),
    (Reason.CASE, str.casefold),
)
_MARKS = "'-"
_YS = frozenset("yýỳỷỹỵYÝỲỶỸỴ")
#: Y as the whole rhyme, after a consonant or *qu*: not *uy*, not *ay*, not a Y alone.
_Y_RHYME = re.compile(r"(?:qu|[bcdđghklmnpqrstvx]+)y", re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class NameForms:
    """One name, folded as far as it may be.

    :param canonical: after :data:`CANONICAL_STEPS`.
    :param words: its spellings: tone apart from the letters, y and i, marks gone or a space. Two names are
        spelled alike when they have one spelling in common.
    :param placed: the same with each tone on its letter, as it was typed.
    :param bare: the same without accents.
    :param accented: whether it has any accent.
    :param touched: steps that changed something, which therefore may have been needed.
    """

    canonical: str
    words: frozenset[Words]
    placed: frozenset[Words]
    bare: frozenset[Words]
    accented: bool
    touched: frozenset[Reason]


def name_forms(text: str, *, skip: Reason | None = None) -> NameForms:
    """Fold *text*.

    :param skip: a step to leave out.
    """
    folded, touched = canonical(text, skip=skip)
    placed = {_words(spelling, skip) for spelling in _unmarked(folded, skip)}
    if skip is not Reason.PUNCTUATION and any(mark in folded for mark in _MARKS):
        touched.add(Reason.PUNCTUATION)
    if skip is not Reason.IY_VARIANT and not _YS.isdisjoint(folded):
        # Beside the others, not in their place: H'Y may be written HY, in which y is no rhyme.
        variants = {_words(spelling, skip) for spelling in _unmarked(_with_i(folded), skip)}
        if not variants <= placed:
            touched.add(Reason.IY_VARIANT)
            placed |= variants
    accented = without_accents(folded) != folded
    spellings = placed
    if accented and skip is not Reason.TONE_PLACEMENT:
        touched.add(Reason.TONE_PLACEMENT)
        spellings = {tuple("".join(split_tone(word)) for word in words) for words in placed}
    bare = {tuple(map(without_accents, words)) for words in spellings} if accented else spellings
    return NameForms(
        folded, frozenset(spellings), frozenset(placed), frozenset(bare), accented, frozenset(touched)
    )


def canonical(text: str, *, skip: Reason | None = None) -> tuple[str, set[Reason]]:
    """*text* after the canonical steps, and the steps that changed it. Idempotent.

    :param skip: a step to leave out.
    """
    touched, first = set[Reason](), True
    while True:
        before = text
        for reason, step in CANONICAL_STEPS:
            if reason is not skip and (folded := step(text)) != text:
                text = folded
                if first:
                    touched.add(reason)
        # Once more: letters that are small now may spell an octet that they did not spell before.
        if text == before or text.isascii():
            return text, touched
        first = False


def _unmarked(text: str, skip: Reason | None) -> Iterable[str]:
    """*text* with apostrophes gone or a space, and hyphens gone or a space."""
    texts = {text}
    for mark in _MARKS:
        if mark in text and skip is not Reason.PUNCTUATION:
            texts = {each.replace(mark, place) for each in texts for place in ("", " ")}
    return texts


def _with_i(text: str) -> str:
    """*text* with i for y where the two are the same; marks are borders of words here."""
    return "".join(map(_part_with_i, re.split(r"([ '-])", text)))


def _part_with_i(part: str) -> str:
    if not _Y_RHYME.fullmatch(split_tone(part)[0]):
        return part
    decomposed = unicodedata.normalize("NFD", part)  # the tone stays on the letter that carries it
    return unicodedata.normalize("NFC", decomposed.replace("y", "i").replace("Y", "I"))


def _words(text: str, skip: Reason | None) -> Words:
    return tuple(text.split() if skip is not Reason.WHITESPACE else text.split(" "))
