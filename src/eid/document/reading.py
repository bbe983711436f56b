"""From data groups to a person and a document, for what Doc 9303 itself defines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from eid.document.dates import PartialDate
from eid.document.dg1 import DG1
from eid.document.dg2 import DG2
from eid.document.dg11 import DG11
from eid.document.dg12 import DG12
from eid.document.person import Person, mask_number

__all__ = ["DocumentFacts", "document_facts", "person_from"]


@dataclass(frozen=True, slots=True, repr=False)
class DocumentFacts:
    """The document itself.

    :param kind: format of the machine readable zone, ``TD1``, ``TD2`` or ``TD3``.
    :param issuer: issuing State or organization, three-letter code.
    :param number: document number.
    :param expiry_date: ``None`` when the document does not state a readable one.
    :param issue_date: from DG12, where there is one.
    """

    kind: str
    issuer: str
    number: str = field(repr=False)
    expiry_date: PartialDate | None = None
    issue_date: PartialDate | None = None

    def __repr__(self) -> str:  # the number is personal data
        return f"<DocumentFacts {self.kind} of {self.issuer}, {mask_number(self.number)}>"


def document_facts(groups: Mapping[str, object]) -> DocumentFacts | None:
    """What DG1 and DG12 say of the document; ``None`` without DG1.

    :param groups: parsed groups by name; give only those that passive authentication vouches for.
    """
    dg1, dg12 = groups.get("DG1"), groups.get("DG12")
    if not isinstance(dg1, DG1):
        return None
    mrz = dg1.mrz
    issued = dg12.issue_date if isinstance(dg12, DG12) else None
    return DocumentFacts(mrz.format, mrz.issuer, mrz.document_number, mrz.expiry_date(), issued)


def person_from(groups: Mapping[str, object], *, read_at: dt.date) -> Person:
    """The holder, from DG1, DG2, DG11 and DG12. National groups come later, by the profile.

    :param groups: parsed groups by name; give only those that passive authentication vouches for.
    :param read_at: day of reading, which decides the century of birth (Doc 9303 prints two digits).
    """
    person = Person()
    if isinstance(dg1 := groups.get("DG1"), DG1):
        mrz = dg1.mrz
        person = person.having(
            "DG1",
            # Only in TD3 the optional data is a personal number by definition (Doc 9303-4, 4.2.2.2).
            number=(mrz.optional1 or None) if mrz.format == "TD3" else None,
            name=f"{mrz.surname} {mrz.given_names}".strip() or None,
            surname=mrz.surname or None,
            given_names=mrz.given_names or None,
            birth_date=mrz.birth_date(read_at),
            sex=mrz.sex,
            nationality=mrz.nationality or None,
        )
    if isinstance(dg2 := groups.get("DG2"), DG2):
        person = person.having("DG2", portrait=dg2.faces[0])
    if isinstance(dg11 := groups.get("DG11"), DG11):
        person = _with_details(person, dg11)
    if isinstance(dg12 := groups.get("DG12"), DG12):
        person = person.having(
            "DG12", other={"issuing_authority": dg12.issuing_authority, "issue_date": dg12.issue_date}
        )
    return person


def _with_details(person: Person, dg11: DG11) -> Person:
    return person.having(
        "DG11",
        number=dg11.personal_number,
        name=dg11.name,
        birth_date=dg11.birth_date,
        other={
            "other_names": dg11.other_names or None,
            "place_of_birth": ", ".join(dg11.place_of_birth) or None,
            "residence": ", ".join(dg11.residence) or None,
            "telephone": dg11.telephone,
            "profession": dg11.profession,
            "title": dg11.title,
        },
        sensitive={
            "personal_summary": dg11.personal_summary,
            "custody_information": dg11.custody_information,
        },
    )
