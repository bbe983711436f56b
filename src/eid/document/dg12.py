"""DG12: additional document details (Doc 9303-10, 4.7.12). Every field is optional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from eid.document.dates import PartialDate
from eid.document.details import Details

__all__ = ["DG12"]


@dataclass(frozen=True, slots=True, repr=False)
class DG12:
    """What the document says of itself.

    :param other_persons: names of others on the document.
    :param front_image: picture of the front, as octets.
    :param rear_image: picture of the back, as octets.
    :param personalized_at: YYYYMMDDhhmmss as written.
    :param personalization_system: serial number of the system that wrote the chip.
    :param rest: unknown fields, and known ones whose content cannot be read, by tag.
    """

    issuing_authority: str | None = None
    issue_date: PartialDate | None = None
    other_persons: tuple[str, ...] = ()
    endorsements: str | None = None
    tax_or_exit: str | None = None
    front_image: bytes | None = None
    rear_image: bytes | None = None
    personalized_at: str | None = None
    personalization_system: str | None = None
    rest: Mapping[int, bytes] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def parse(cls, octets: bytes) -> DG12:
        """Read DG12.

        :raises EncodingError: malformed, cut off or another file.
        :raises DocumentError: a field twice (kind ``duplicate``).
        """
        details = Details(octets, 0x6C)
        return cls(
            issuing_authority=details.name(0x5F19),
            issue_date=details.date(0x5F26),
            other_persons=details.names(0x5F1A),
            endorsements=details.text(0x5F1B),
            tax_or_exit=details.text(0x5F1C),
            front_image=details.octets(0x5F1D),
            rear_image=details.octets(0x5F1E),
            personalized_at=details.text(0x5F55),
            personalization_system=details.text(0x5F56),
            rest=MappingProxyType(details.rest()),
        )

    def __repr__(self) -> str:  # personal data
        return "<DG12>"
