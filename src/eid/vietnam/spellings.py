"""Two accented texts that should be the same: how far they are, and what may have come between.

For the same person's data in two places of one card, which one database has written. What differs there
was changed on the way, and how it differs tells by what. It is no search for similar people.
"""

from __future__ import annotations

import unicodedata

from eid.vietnam.letters import join_look_alikes, split_tone, without_accents

__all__ = ["compare_texts", "letters_left", "letters_left_agree"]

#: Keys that Telex, the usual input method, takes for accents.
_TELEX = {
    "\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j", "\u0306": "w", "\u031b": "w",
}  # fmt: skip


def compare_texts(left: str, right: str, *, degraded: bool) -> str:
    """How *left* and *right* agree, in the first word that fits.

    ``same`` · ``spelling`` (Unicode form, case, spaces, look-alikes, place of the tone) · ``degraded`` (the
    letters that are left agree) · ``accents_missing`` (on one side, altogether) · ``accents_differ`` ·
    ``input_method`` (as if typed letters had been taken for accents) · ``different``.

    :param left: the text that came through a scanner.
    :param right: the other one.
    :param degraded: letters of *left* were lost or changed and show it.
    """
    if left == right:
        return "same"
    one, other = _canonical(left), _canonical(right)
    if _by_syllable(one) == _by_syllable(other):
        return "spelling"
    if degraded and letters_left(one) == letters_left(other):
        return "degraded"
    bare = [without_accents(text) for text in (one, other)]
    if bare[0] == bare[1]:
        return "accents_missing" if one in bare or other in bare else "accents_differ"
    return "input_method" if _keys(one) == _keys(other) else "different"


def letters_left_agree(name: str, printed: str) -> bool:
    """Whether what is left of a degraded *name* stands, in its order, in the name field of an MRZ.

    :param name: with letters lost or changed.
    :param printed: the name field as printed, fillers included.
    """
    rest = iter(printed.casefold())
    return all(letter in rest for letter in letters_left(_canonical(name)) if letter.isalpha())


def _canonical(text: str) -> str:
    composed = join_look_alikes(unicodedata.normalize("NFC", text))
    return " ".join(composed.casefold().split())


def _by_syllable(text: str) -> list[tuple[str, str]]:
    """Letters and tone of each word: *hoà* and *hòa* are the same."""
    return [split_tone(word) for word in text.split()]


def letters_left(text: str) -> str:
    """What no scanner loses. A lost letter may have become a question mark, others, a space or nothing."""
    return "".join(character for character in text if character.isascii() and character not in "? ")


def _keys(text: str) -> list[str]:
    """The keys of each word, sorted: a tone may be typed anywhere behind its vowel."""
    words = []
    for word in text.split():
        base, keys = "", list[str]()
        for mark in unicodedata.normalize("NFD", word.replace("đ", "dd")):
            keys.append(base if mark == "\u0302" else _TELEX.get(mark, mark))
            base = mark if mark.isalpha() else base
        if "w" in keys:  # alone it stands for "ư", and one is enough for "ươ"
            keys = ["w", *(key for key in keys if key not in "uw")]
        words.append("".join(sorted(keys)))
    return words
