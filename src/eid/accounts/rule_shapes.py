"""Which values an entry of the rules has to have, so that nothing that reads them later can fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eid.errors import RulesError

__all__ = ["CONFIDENCE", "check_entry"]

#: How sure an entry is, the surest first.
CONFIDENCE = ("confirmed", "likely", "unconfirmed")

_WORD, _NUMBER, _YES_NO, _WORDS, _NUMBERS = "word", "number", "yes or no", "words", "numbers"

#: By kind: what an entry must say, and what it may say. Other values, and other kinds, are not looked at.
_SHAPES: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "account": (
        {"holder": _WORD, "levels": _NUMBERS},
        {
            "age_min": _NUMBER,
            "age_below": _NUMBER,
            "guardian": _YES_NO,
            "guardian_below": _NUMBER,
            "requires": _WORDS,
            "on_demand": _YES_NO,
        },
    ),
    "access": ({"holder": _WORD}, {"level": _NUMBER, "grants": _WORDS}),
    "time_limit": (
        {"event": _WORD, "max": _NUMBER, "unit": _WORD},
        {"holder": _WORD, "level": _NUMBER, "condition": _WORD},
    ),
    "authentication_level": (
        {"level": _NUMBER, "min_factors": _NUMBER, "distinct_categories": _NUMBER, "biometric": _WORD},
        {"requires_categories": _WORDS},
    ),
    "factor_category": ({"category": _WORD, "examples": _WORDS}, {}),
    "lock_reason": (
        {"object": _WORD, "code": _WORD, "unlock_when": _WORD},
        {"notify_holder_at_once": _YES_NO},
    ),
    "lock_authority": ({"object": _WORD}, {"decides": _WORD}),
    "retention": ({"what": _WORD}, {"years": _NUMBER, "min_years": _NUMBER, "permanent": _YES_NO}),
    "result_use": ({"rule": _WORD}, {"exception": _WORD}),
    "consent": ({"case": _WORD, "required": _YES_NO}, {"channels": _WORDS}),
    "registration": (
        {"holder": _WORD},
        {
            "level": _NUMBER,
            "by": _WORD,
            "asks": _WORDS,
            "guardian_account_level": _NUMBER,
            "representative_account_level": _NUMBER,
        },
    ),
    "electronic_card": ({}, {"issued_with_level": _NUMBER, "holder": _WORD, "states": _WORDS}),
    "personal_number_change": ({"reasons": _WORDS}, {"old_number_reused": _YES_NO}),
}


def check_entry(kind: str, entry: Mapping[str, Any]) -> None:
    """Require that *entry* says what an entry of *kind* has to say.

    :raises RulesError: something is missing, or of another type.
    """
    must, may = _SHAPES.get(kind, ({}, {}))
    for name in must:
        if name not in entry:
            raise RulesError(f"{kind}: an entry without {name}")
    for name, shape in (*must.items(), *may.items()):
        if name in entry and not _is(entry[name], shape):
            raise RulesError(f"{kind}: {name} is not {shape}")
    if kind == "retention" and not any(entry.get(name) for name in ("years", "min_years", "permanent")):
        raise RulesError("retention: an entry without a period")


def _is(value: object, shape: str) -> bool:
    if shape == _WORD:
        return isinstance(value, str)
    if shape == _NUMBER:
        return type(value) is int and 0 <= value <= 1_000_000
    if shape == _YES_NO:
        return isinstance(value, bool)
    each = _WORD if shape == _WORDS else _NUMBER
    return isinstance(value, list | tuple) and all(_is(member, each) for member in value)
