"""The claims of VNeID sign-in, as publicly known. Nobody signs them, so each is checked as if it were
typed in: no default, no guess, no conversion that could turn one person into another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from eid.accounts.model import HolderKind
from eid.document.dates import PartialDate
from eid.document.person import mask_number
from eid.errors import DocumentError, InputError, VneidClaimsInvalid
from eid.vietnam.number import consistency

__all__ = ["VneidClaims", "holder_kinds", "parse_claims"]

_NUMBER = re.compile(r"[0-9]{12}")
_MAX_NAME = 400
_MAX_TYPE = 64
#: Spellings that are known. The type is compared too: in Python True is 1.
_LEVELS: Mapping[tuple[type, object], int] = MappingProxyType(
    {
        (kind, word): level
        for level in (1, 2)
        for kind, word in ((int, level), (str, f"{level}"), (str, f"0{level}"), (str, f"Mức {level}"))
    }
)
_DATES = (
    re.compile(r"(?P<day>[0-9]{2})/(?P<month>[0-9]{2})/(?P<year>[0-9]{4})"),
    re.compile(r"(?P<month>[0-9]{2})/(?P<year>[0-9]{4})"),
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?"),
)


@dataclass(frozen=True, slots=True, repr=False)
class VneidClaims:
    """What VNeID says of who signed in.

    :param number: the twelve digits.
    :param account_level: 1 or 2; ``None`` for an organisation, whose account has no level (Decree
        69/2024/NĐ-CP, Art. 7(3)).
    :param holder: by the caller's mapping; ``None`` for a kind that is not in it.
    :param account_type: as it came: what its values mean is not public.
    :param name: in NFC. It may differ from the card; then the electronic card prevails (Law
        26/2023/QH15, Art. 33(2)).
    :param birth_date: a partial one stays partial.
    :param warnings: ``pin_year_mismatch`` when number and date of birth differ in the year.
    """

    number: str
    account_level: int | None
    holder: HolderKind | None
    account_type: int | str | None = None
    name: str | None = None
    birth_date: PartialDate | None = None
    warnings: tuple[str, ...] = ()
    other: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def __repr__(self) -> str:
        return f"<VneidClaims {mask_number(self.number)} level={self.account_level} holder={self.holder}>"


def holder_kinds(kinds: Mapping[int | str, HolderKind]) -> Mapping[str, HolderKind]:
    """What each ``accountType`` means, for :func:`parse_claims`: the number 1 and the text ``1`` are one.

    :param kinds: from the caller's contract; there is no public list.
    :raises InputError: a key that is no number or text, or two that are the same.
    """
    found: dict[str, HolderKind] = {}
    for key, kind in kinds.items():
        if type(key) not in (int, str) or str(key) in found:
            raise InputError("account types are numbers or texts, each named once")
        found[str(key)] = HolderKind(kind)
    return MappingProxyType(found)


def parse_claims(claims: Mapping[str, Any], *, kinds: Mapping[str, HolderKind]) -> VneidClaims:
    """Read the claims of one person or organisation.

    :param claims: the JSON object, parsed strictly.
    :param kinds: of :func:`holder_kinds`.
    :raises VneidClaimsInvalid: kind ``pin_missing``, ``pin_not_string`` (a number has lost its zeros),
        ``pin_format``, ``account_level_missing``, ``account_level_unknown``,
        ``account_level_unexpected`` (of an organisation), ``account_type_format``, ``name_format``,
        ``birth_date_format`` or ``birth_date_invalid``.
    """
    number = _number(claims.get("citizenPid"))
    raw = claims.get("accountType")
    if raw is not None and not (type(raw) is int or (type(raw) is str and len(raw) <= _MAX_TYPE)):
        raise _invalid("account_type_format")
    holder = None if raw is None else kinds.get(str(raw))
    birth_date = _birth_date(claims.get("birthDate"))
    known = {"citizenPid", "accountType", "accountLevel", "fullName", "birthDate"}
    return VneidClaims(
        number,
        _level(claims.get("accountLevel"), holder),
        holder,
        raw,
        _name(claims.get("fullName")),
        birth_date,
        consistency(number, birth_date, None),
        MappingProxyType({name: claims[name] for name in claims.keys() - known}),
    )


def _invalid(kind: str) -> VneidClaimsInvalid:
    return VneidClaimsInvalid(kind, kind)


def _number(value: object) -> str:
    if value is None:
        raise _invalid("pin_missing")
    if type(value) is not str:
        raise _invalid("pin_not_string")
    if not _NUMBER.fullmatch(value):
        raise _invalid("pin_format")
    return value


def _level(value: object, holder: HolderKind | None) -> int | None:
    if holder is HolderKind.ORGANISATION:
        if value is not None:
            raise _invalid("account_level_unexpected")
        return None
    if value is None:
        raise _invalid("account_level_missing")
    if type(value) is str and len(value) <= _MAX_TYPE:
        value = unicodedata.normalize("NFC", value)
    level = _LEVELS.get((type(value), value)) if type(value) in (int, str) else None
    if level is None:
        raise _invalid("account_level_unknown")
    return level


def _name(value: object) -> str | None:
    if value is None:
        return None
    if type(value) is not str or not 0 < len(value) <= _MAX_NAME:
        raise _invalid("name_format")
    name = unicodedata.normalize("NFC", value)
    if not name.isprintable() or not name.strip():
        raise _invalid("name_format")
    return name


def _birth_date(value: object) -> PartialDate | None:
    if value is None:
        return None
    if type(value) is not str or len(value) > 10:
        raise _invalid("birth_date_format")
    for form in _DATES:
        match = form.fullmatch(value)
        if match is not None:
            parts = match.groupdict()
            try:
                # 00 stands for what is not known.
                return PartialDate(
                    int(parts["year"]),
                    int(parts.get("month") or 0) or None,
                    int(parts.get("day") or 0) or None,
                )
            except DocumentError:
                raise _invalid("birth_date_invalid") from None
    raise _invalid("birth_date_format")
