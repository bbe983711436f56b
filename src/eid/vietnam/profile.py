"""The chip profile of the Vietnamese citizen card: what reading and verification have to know."""

from __future__ import annotations

import datetime as dt

from eid.document.dg1 import DG1
from eid.document.evidence import Evidence
from eid.document.person import Person
from eid.document.profile import ICAO, CardContent, Profile
from eid.errors import EidError
from eid.vietnam.cross_checks import card_of, cross_checks
from eid.vietnam.dg13 import DG13, SENSITIVE, parse_dg13
from eid.vietnam.mrz import NO_EXPIRY

__all__ = ["CARD_ACCESS", "CITIZEN_CARD", "profile_for"]

#: EF.CardAccess, the same octets on every card known: Terminal Authentication v1, Chip Authentication
#: ECDH AES-128 v1, PACE-ECDH-GM-AES-128 on brainpoolP256r1 (BSI TR-03110-3, RFC 5639).
CARD_ACCESS = bytes.fromhex(
    "3134300d060804007f0007020202020101300f060a04007f000702020302020201013012060a04007f0007020204020202010202010d"
)
#: From this day cards are issued under Circular 16/2024/TT-BCA, which prints the place of birth
#: registration where earlier cards have the place of origin (entry 8 of DG13; unconfirmed on the chip).
_CARD_OF_2024 = dt.date(2024, 7, 1)


def complete(person: Person, content: CardContent) -> Person:
    """*person* with what the national data say: the number and the century of birth from DG1, the
    accented name, full birth date, residence, origin, parents and dates from DG13.
    """
    card = card_of(content)
    if card is not None and card.number is not None:
        person = person.having(
            "DG1",
            number=card.number.number,
            birth_date=card.birth_date,
            other={"expiry_date": card.expiry_date, "no_expiry": card.no_expiry or None},
        )
    group = content.groups.get("DG13")
    return _with_national_data(person, group) if isinstance(group, DG13) else person


def _with_national_data(person: Person, group: DG13) -> Person:
    text = {name: value or None for name, value in group.texts.items()}  # an empty text is no answer
    issued, birth = group.issue_date, group.birth_date
    if birth is not None and not birth.complete and person.birth_date is not None:
        birth = None  # some cards give the year alone in DG13, where DG1 has the day
    origin = "place_of_birth_registration" if issued and issued >= _CARD_OF_2024 else "place_of_origin"
    return person.having(
        "DG13",
        number=None if person.number else text.get("pin"),
        name=text.get("full_name"),
        birth_date=birth,
        sex=None if person.sex else group.sex,
        other={
            "residence": text.get("residence"),
            origin: text.get("origin"),
            "nationality_name": text.get("nationality"),
            "issue_date": issued,
            "father": group.father,
            "mother": group.mother,
            "parents": group.parents or None,
            "spouse": text.get("spouse"),
            "old_number": text.get("old_number"),
        },
        sensitive={name: group.sensitive(name) or None for name in SENSITIVE},
    )


#: The citizen card, series of 2021 and of 2024.
CITIZEN_CARD = Profile(
    name="vietnam",
    select_master_file=False,  # the chip answers SELECT MF with 6D00
    card_access_hint=CARD_ACCESS,
    skip=frozenset({"DG3", "DG4"}),  # 6982 without Terminal Authentication
    parsers={"DG13": parse_dg13},
    cross_checks=cross_checks,
    complete=complete,
    no_expiry=frozenset({NO_EXPIRY}),
    sensitive=SENSITIVE,
)


def profile_for(evidence: Evidence) -> Profile:
    """The profile for what was read: Viet Nam's when DG1 is an identity card of Viet Nam, else ICAO's.

    Taken from DG1, which the issuer signs, and not from what the terminal wrote into the evidence: so a
    terminal cannot choose the weaker checks, and a folder of the same files is judged alike.
    """
    try:
        mrz = DG1.parse(evidence.files["DG1"]).mrz
    except (KeyError, EidError):
        return ICAO
    return CITIZEN_CARD if mrz.issuer == "VNM" and mrz.format == "TD1" else ICAO
