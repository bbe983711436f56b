"""Vietnamese names in the form of the machine readable zone, to compare them with it.

Folding is for comparing, never for storing. Only what the chip's two spellings need is here: accents
dropped, Đ to D, apostrophe dropped, hyphen to filler, cut at the end of the line (Doc 9303-3, 4.6, and
the observed habits of the issuer).
"""

from __future__ import annotations

import unicodedata

from eid.vietnam.letters import join_look_alikes, without_accents

__all__ = ["MAX_NAME", "NAME_LINE", "mrz_name_agrees", "mrz_tokens"]

#: Positions of the name line of a TD1 card.
NAME_LINE = 30
#: Characters of a name that are looked at; a longer one is not a name.
MAX_NAME = 400


def mrz_tokens(name: str, *, apostrophe: str = "", hyphen: str = " ") -> tuple[str, ...] | None:
    """The parts of *name* as the machine readable zone would write them.

    :param name: with accents, in any Unicode form and case.
    :param apostrophe: what becomes of an apostrophe; the issuer is believed to drop it.
    :param hyphen: what becomes of a hyphen; the issuer is believed to write a filler.
    :returns: the parts in capitals A to Z, or ``None`` when the name has other characters (another
        script, digits) or none at all, so that nothing can be said.
    """
    if len(name) > MAX_NAME:
        return None
    letters = without_accents(join_look_alikes(unicodedata.normalize("NFC", name)))
    # Cf: zero-width characters that keyboards and databases leave behind.
    bare = "".join(c for c in letters if unicodedata.category(c) != "Cf")
    tokens = tuple(bare.replace("'", apostrophe).replace("-", hyphen).upper().split())
    if not tokens or not all(token.isascii() and token.isalpha() for token in tokens):
        return None
    return tokens


def mrz_name_agrees(name: str, printed: str) -> bool | None:
    """Whether an accented *name* and the name field of an MRZ are the same name.

    The border between surname and other names is not compared, because it is not documented where
    the issuer draws it. A name that does not fit the line may be cut or abbreviated: then every part
    printed must begin a part of the name, in order.

    :param name: the accented name.
    :param printed: the name field as printed, fillers included.
    :returns: ``None`` when *name* cannot be written in MRZ letters.
    """
    found = tuple(part for part in printed.split("<") if part)
    if mrz_tokens(name) is None or not found:
        return None
    for apostrophe in ("", " "):
        for hyphen in (" ", ""):
            tokens = mrz_tokens(name, apostrophe=apostrophe, hyphen=hyphen) or ()
            if found == tokens:
                return True
            # One more position than spaces: two fillers follow the surname.
            if len("<".join(tokens)) + 1 > NAME_LINE and _abbreviates(found, tokens):
                return True
    return False


def _abbreviates(found: tuple[str, ...], tokens: tuple[str, ...]) -> bool:
    rest = iter(tokens)
    return all(any(token.startswith(part) for token in rest) for part in found)
