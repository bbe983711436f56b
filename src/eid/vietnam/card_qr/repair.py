"""What scanners, keyboards and programs do to the text of a printed code, undone where it can be undone.

Only damage that reverses without loss is repaired, and each repair leaves a warning. What cannot be
reversed is kept as it came and flagged ``degraded_text``: nothing is ever guessed.
"""

from __future__ import annotations

import unicodedata

from eid.errors import LimitExceeded, PrintedCodeError
from eid.vietnam.letters import plain_spaces
from eid.vietnam.mojibake import shows_damage, unscrambled

__all__ = ["MAX_PAYLOAD", "repair"]

#: Characters or octets looked at. The largest QR code holds 2,953 octets, and each may become three.
MAX_PAYLOAD = 9_000

_BOM = "\ufeff"
_AROUND = "\r\n\0\t "
_FULL_WIDTH = {0xFF10 + digit: ord("0") + digit for digit in range(10)}


def repair(payload: str | bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a scan as the card has it, as far as that can be had back.

    :param payload: what the scanner gave.
    :returns: the text and warnings: ``bom_stripped``, ``trailing_stripped`` (of white space and null
        characters on either side), ``mojibake_repaired`` (UTF-8 shown as Latin-1 or Windows-1252),
        ``normalised_nfc``, ``fullwidth_digits_folded``, ``special_spaces_replaced``, ``degraded_text``.
    :raises PrintedCodeError: kind ``invalid_utf8`` or ``empty``.
    :raises LimitExceeded: longer than :data:`MAX_PAYLOAD`.
    """
    if len(payload) > MAX_PAYLOAD:
        raise LimitExceeded(f"a scan of more than {MAX_PAYLOAD} characters")
    text, warnings = _decoded(payload), list[str]()

    def become(repaired: str, warning: str) -> None:
        nonlocal text
        if repaired != text:
            text = repaired
            warnings.append(warning)

    before = ""
    while before != text:  # one kind of damage hides another; each repair shortens the text or settles it
        before = text
        become(text.removeprefix(_BOM), "bom_stripped")
        become(text.strip(_AROUND), "trailing_stripped")
        become(unscrambled(text), "mojibake_repaired")
        become(text.removeprefix(_BOM), "bom_stripped")  # it was scrambled like the rest
        become(text.translate(_FULL_WIDTH), "fullwidth_digits_folded")
        if not shows_damage(text):  # else a no-break space may be half of a letter: it stays
            become(plain_spaces(text), "special_spaces_replaced")
        become(unicodedata.normalize("NFC", text), "normalised_nfc")
    if shows_damage(text):
        warnings.append("degraded_text")
    if not text:
        raise PrintedCodeError("nothing was scanned", "empty")
    return text, tuple(dict.fromkeys(warnings))


def _decoded(payload: str | bytes) -> str:
    try:
        if isinstance(payload, bytes):
            return payload.decode("utf-8")
        payload.encode("utf-8")  # lone surrogates: octets that somebody else could not decode
        return payload
    except UnicodeError:
        raise PrintedCodeError("octets that are not UTF-8", "invalid_utf8") from None
