"""Whom the mock provider knows, and what can go wrong there. All of it is invented."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from eid.accounts.model import HolderKind

__all__ = ["CARD_LOCKED", "KINDS", "PEOPLE", "Fault", "MockPerson"]

#: How this mock says that a card is locked. The real word is not public.
CARD_LOCKED = "electronic_card_locked"
#: What this mock's account types mean. Those of the real provider are not public, so these differ from
#: whatever they may be.
KINDS: Mapping[int | str, HolderKind] = MappingProxyType(
    {
        "mock-citizen": HolderKind.CITIZEN,
        "mock-foreigner": HolderKind.FOREIGNER,
        "mock-organisation": HolderKind.ORGANISATION,
    }
)


@dataclass(frozen=True, slots=True)
class MockPerson:
    """Somebody invented, with the claims that are said of them."""

    key: str
    note: str
    claims: Mapping[str, Any] = field(repr=False)


def _person(
    key: str, note: str, number: str, name: str, born: str | None, kind: str, level: object
) -> MockPerson:
    claims = {"citizenPid": number, "fullName": name, "accountType": f"mock-{kind}"}
    given = {"birthDate": born, "accountLevel": level}
    return MockPerson(key, note, {**claims, **{name: v for name, v in given.items() if v is not None}})


#: Nobody has these names or numbers; if a number should happen to be assigned, it means nothing.
PEOPLE: tuple[MockPerson, ...] = (
    _person("anh", "citizen, level 2", "001099012349", "Nguyễn Đức Ánh", "04/07/1999", "citizen", 2),
    _person("thu", "citizen, level 1", "001198012347", "Lê Thị Thử", "19980228", "citizen", "01"),
    _person("be", "child, level 1", "048320000123", "Phạm Bé Mẫu", "2020", "citizen", "Mức 1"),
    _person("anton", "foreigner, level 2", "001099012340", "Anton Muster", "1999-02-28", "foreigner", "2"),
    _person(
        "viduco", "organisation, no level", "001199012340", "Công ty Ví Dụ", None, "organisation", None
    ),
)  # fmt: skip


class Fault(enum.StrEnum):
    """What can go wrong, chosen on the sign-in page."""

    NONE = "none"
    SPACE_FOR_PLUS = "space_for_plus"
    WRONG_STATE = "wrong_state"
    ALTERED_CODE = "altered_code"
    LATE_CODE = "late_code"
    CARD_LOCKED = "card_locked"
    UNAUTHORISED = "unauthorised"
    SERVER_ERROR = "server_error"
    WRONG_KEY = "wrong_key"
    CHANGED_BLOCK = "changed_block"
    OTHER_PERSON = "other_person"
    TWO_PEOPLE = "two_people"
    UNKNOWN_LEVEL = "unknown_level"
    MISSING_LEVEL = "missing_level"
    NUMBER_WITHOUT_ZEROS = "number_without_zeros"
