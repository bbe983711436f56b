"""A profile tells reading and verification what one country's cards are like. It is data and hooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from eid.document.checks import Check
from eid.document.evidence import AccessTranscript
from eid.document.person import Person

__all__ = ["ICAO", "CardContent", "Profile"]


@dataclass(frozen=True, slots=True)
class CardContent:
    """What the hooks of a profile look at.

    :param groups: parsed data groups by name (``DG1``, ``DG13``), only those whose octets are the
        ones the security object vouches for.
    :param access: how the chip was opened, or ``None`` when unknown.
    """

    groups: Mapping[str, object]
    access: AccessTranscript | None = None


def _no_checks(_: CardContent) -> Sequence[Check]:
    return ()


def _as_it_is(person: Person, _: CardContent) -> Person:
    return person


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of card.

    :param name: as on the command line, ``icao`` or ``vietnam``.
    :param select_master_file: whether the chip understands SELECT MF before EF.CardAccess.
    :param card_access_hint: EF.CardAccess to assume when the chip does not let it be read.
    :param skip: data groups that are not worth trying (rights we never have).
    :param parsers: for data groups the international parsers do not know: octets to an object.
    :param cross_checks: agreement of the groups with each other and with the access key; its checks
        become part of the verdict *authentic*.
    :param complete: adds what the national groups say to the person.
    :param no_expiry: expiry fields of the MRZ that mean that the document does not expire.
    :param sensitive: names of person fields that are given only when asked for by name.
    """

    name: str
    select_master_file: bool = True
    card_access_hint: bytes | None = None
    skip: frozenset[str] = frozenset({"DG3", "DG4"})
    parsers: Mapping[str, Callable[[bytes], object]] = field(default_factory=dict)
    cross_checks: Callable[[CardContent], Sequence[Check]] = _no_checks
    complete: Callable[[Person, CardContent], Person] = _as_it_is
    no_expiry: frozenset[str] = frozenset()
    sensitive: frozenset[str] = frozenset()


#: Passports and cards by ICAO Doc 9303, without national additions.
ICAO = Profile("icao")
