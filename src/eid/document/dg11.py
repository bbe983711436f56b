"""DG11: additional personal details (Doc 9303-10, 4.7.11). Every field is optional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from eid.document.dates import PartialDate
from eid.document.details import Details

__all__ = ["DG11"]


@dataclass(frozen=True, slots=True, repr=False)
class DG11:
    """What the document says of its holder beyond the machine readable zone.

    :param name: full name in national characters, parts in the order of the document.
    :param birth_date: full date of birth.
    :param place_of_birth: its parts (town, province, ...).
    :param residence: permanent address, its parts.
    :param other_documents: numbers of other travel documents.
    :param citizenship_image: picture of a proof of citizenship, as octets.
    :param rest: unknown fields, and known ones whose content cannot be read, by tag.
    """

    name: str | None = None
    other_names: tuple[str, ...] = ()
    personal_number: str | None = None
    birth_date: PartialDate | None = None
    place_of_birth: tuple[str, ...] = ()
    residence: tuple[str, ...] = ()
    telephone: str | None = None
    profession: str | None = None
    title: str | None = None
    personal_summary: str | None = None
    citizenship_image: bytes | None = None
    other_documents: tuple[str, ...] = ()
    custody_information: str | None = None
    rest: Mapping[int, bytes] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def parse(cls, octets: bytes) -> DG11:
        """Read DG11.

        :raises EncodingError: malformed, cut off or another file.
        :raises DocumentError: a field twice (kind ``duplicate``).
        """
        details = Details(octets, 0x6B)
        return cls(
            name=details.name(0x5F0E),
            other_names=details.names(0x5F0F),
            personal_number=details.text(0x5F10),
            birth_date=details.date(0x5F2B),
            place_of_birth=details.parts(0x5F11),
            residence=details.parts(0x5F42),
            telephone=details.text(0x5F12),
            profession=details.text(0x5F13),
            title=details.text(0x5F14),
            personal_summary=details.text(0x5F15),
            citizenship_image=details.octets(0x5F16),
            other_documents=details.parts(0x5F17),
            custody_information=details.text(0x5F18),
            rest=MappingProxyType(details.rest()),
        )

    def __repr__(self) -> str:  # personal data
        return "<DG11>"
